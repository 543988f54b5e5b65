// Which command a command line means.
//
//   ibuild [global options] COMMAND [options] [arguments]
//   ibuild [global options] [build's options] [context]      the word `build` may be left out
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/settings.h"

namespace ibuild::cli {

struct Dispatch {
  const CommandEntry* command = nullptr;  // never null
  std::vector<std::string> arguments;     // for the command
};

// Global options in front are laid over `settings`. A first word that is no command means a build
// of what it names, unless it is near to a command's name and nothing by that name `exists`: then
// it is an Error(kUsage) with a suggestion.
Dispatch ChooseCommand(const std::vector<std::string>& arguments, Settings& settings,
                       const std::function<bool(const std::string&)>& exists);

}  // namespace ibuild::cli
