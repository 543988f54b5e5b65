// Help texts, made from the tables of commands and options.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/tools/tool.h"

namespace ibuild::cli {

std::string ProgramHelp();
std::string CommandHelp(const CommandEntry& command, const OptionSet& options);
// What stands below a word: the commands of `docker network`.
std::string GroupHelp(const Tool& tool, const WordGroup& group);

}  // namespace ibuild::cli
