// ADD of a local archive: unpacked into the destination when its content says that it is a tar,
// plain or compressed; names do not matter (Dockerfile reference, "ADD").
//
// The archive may come from anywhere: names are cleaned and resolved inside the destination, links
// it brings lead nowhere but inside the root, it brings no more than its limit. Entries keep
// owner, mode, time and attributes; `owner` (--chown) overrides. An entry replaces whatever of
// another type is in its way.
#pragma once

#include <optional>

#include "builder/copy/ownership.h"
#include "builder/copy/source_limit.h"
#include "builder/copy/upper_writer.h"
#include "support/fd.h"

namespace ibuild::builder {

struct UnpackRules {
  std::optional<Owner> owner;
  SourceLimit limit;
};

// False, and nothing done, when the file is no archive. Throws kCorrupt for a damaged one and
// kInvalidInput for an entry that would leave the destination, kResourceExhausted for a bomb.
bool UnpackArchive(const UniqueFd& file, UpperWriter& target, const CleanPath& destination,
                   const UnpackRules& rules);

}  // namespace ibuild::builder
