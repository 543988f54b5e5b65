// Help texts, made from the tables of commands and options.
#pragma once

#include <string>

#include "cli/command.h"

namespace ibuild::cli {

std::string ProgramHelp();
std::string CommandHelp(const CommandEntry& command, const OptionSet& options);

}  // namespace ibuild::cli
