// A line's words as a shell has them: blanks between, quotes and backslashes as in sh(1). Nothing
// is expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::cli {

// Throws kUsage for a quote that does not end.
std::vector<std::string> SplitShellWords(std::string_view line);

}  // namespace ibuild::cli
