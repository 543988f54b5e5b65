// How long ago something was, for people: "5 minutes ago".
#pragma once

#include <string>
#include <string_view>

#include "support/clock.h"

namespace ibuild::cli {

std::string FormatAge(UnixTime then, UnixTime now);
// Of an RFC 3339 text; "N/A" when it is none.
std::string FormatAge(std::string_view then, UnixTime now);

}  // namespace ibuild::cli
