// The whole program but for main(): from arguments to an exit code.
#pragma once

#include <string>
#include <vector>

namespace ibuild::cli {

// `called`: by which name (cli/tools/tool.h); `arguments` without it. Renders every Error; throws
// nothing.
int RunProgram(const std::string& called, const std::vector<std::string>& arguments);

}  // namespace ibuild::cli
