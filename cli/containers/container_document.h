// A container as `inspect` shows it, in Docker's shape, and as the rows of `ps` see it.
#pragma once

#include "containers/engine/engine.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

OrderedJson DescribeContainer(const containers::Engine& engine,
                              const containers::Container& container);

// With what is left out where it was not asked for, for templates that ask whether it was.
OrderedJson WithUnset(OrderedJson document);

// What its own files take, and with those of its image.
void AddSizes(const containers::Engine& engine, const containers::Container& container,
              OrderedJson* document);

// What nobody but us gives a number: the container's place on that network. "": it has none.
std::string EndpointId(const containers::Container& container,
                       const containers::Endpoint& endpoint);

// "": no time; else RFC 3339 as Docker writes it.
std::string FormatTime(std::int64_t nanoseconds);

}  // namespace ibuild::cli
