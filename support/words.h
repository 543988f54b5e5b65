// Words of a line in which nothing is quoted.
#pragma once

#include <string_view>
#include <vector>

namespace ibuild {

// What stands between blanks, tabs, CR and LF.
std::vector<std::string_view> Words(std::string_view text);

}  // namespace ibuild
