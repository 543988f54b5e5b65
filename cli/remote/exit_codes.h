// Exit codes of the commands about images in registries, by which scripts tell failures apart:
//
//   2  what was named is not there
//   3  denied: credentials are missing, wrong or do not suffice
//   4  the network or a server failed: trying again may help
//   5  integrity: bytes are not what their digest says
//
// All others are those of every command (cli/exit_code.h). Of other tools' words they are as those
// tools have them: skopeo's 2 for an image that is not there, else 1.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tools/tool_kind.h"
#include "support/error.h"

namespace ibuild::cli {

// What was at work when something failed.
struct Running {
  std::string_view command = {};  // empty: nothing yet
  std::vector<std::string> arguments = {};
  std::size_t operands = 0;  // those among them that are no options
};

int ExitCodeOf(const Error& error, ToolKind tool, const Running& running);

}  // namespace ibuild::cli
