// The whole program but for main(): from arguments to an exit code.
#pragma once

#include <string>
#include <vector>

namespace ibuild::cli {

// `arguments` without the program's name. Renders every Error; throws nothing.
int RunProgram(const std::vector<std::string>& arguments);

}  // namespace ibuild::cli
