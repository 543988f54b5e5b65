// Truth values as text, wherever Docker reads one: mount options, queries of addresses, build
// arguments that are switches.
#pragma once

#include <optional>
#include <string_view>

namespace ibuild {

// The forms that Go's strconv.ParseBool takes: 1, t, T, true, True, TRUE and their opposites.
std::optional<bool> ParseBool(std::string_view text);

}  // namespace ibuild
