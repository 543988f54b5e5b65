// How long ago something was ("5 minutes ago") and how long it took ("2.1 s"), for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/clock.h"

namespace ibuild::cli {

std::string FormatAge(UnixTime then, UnixTime now);
// Of an RFC 3339 text; "N/A" when it is none.
std::string FormatAge(std::string_view then, UnixTime now);

std::string FormatTook(std::uint64_t milliseconds);

}  // namespace ibuild::cli
