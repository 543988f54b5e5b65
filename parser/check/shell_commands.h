// The simple commands of a shell text, roughly: enough for lint rules to see "apt-get install" in
// "set -e; if x; then apt-get install -y y; fi" and not in "echo 'apt-get install'". Not a shell
// parser: what it cannot follow it leaves out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

using ShellCommand = std::vector<std::string>;  // words without quotes, assignments dropped

// Cut at ; & | and line ends outside of quotes; keywords in front (then, do, !, …) are no part of a
// command.
std::vector<ShellCommand> SplitShellCommands(std::string_view text);

}  // namespace ibuild::parser
