// Which command a command line means.
//
//   TOOL [global options] WORD [WORD] [options] [arguments]
//   ibuild [global options] [build's options] [context]      the word `build` may be left out
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/settings.h"
#include "cli/tools/apply_flags.h"

namespace ibuild::cli {

struct Dispatch {
  const CommandEntry* command = nullptr;  // never null
  const Word* word = nullptr;             // of the tool; null: it is a verb of ours
  std::vector<std::string> arguments;     // for the command
};

struct CommandLine {
  const Tool& tool;
  std::vector<std::string> arguments;  // without the program's name
};

// Global options in front are laid over `settings`. For ibuild itself, a first word that is no
// command means a build of what it names, unless it is near to a command's name and nothing by that
// name `exists`: then it is an Error(kUsage) with a suggestion.
Dispatch ChooseCommand(const CommandLine& line, Settings& settings, FlagNotes& notes,
                       const std::function<bool(const std::string&)>& exists);

}  // namespace ibuild::cli
