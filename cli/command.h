// A Command is a verb of the command line: it declares its options into an OptionSet and, once they
// are parsed into its own members, runs.
//
// The table of all commands is the only list of them; dispatch, help, suggestions and completions
// read it. Making a command costs next to nothing, so only the chosen one's options are declared.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace ibuild::cli {

class Wiring;

class Command {
 public:
  virtual ~Command() = default;
  virtual void Declare(OptionSet& options) = 0;
  // Returns the exit code; throws Error.
  virtual int Run(Wiring& wiring, const std::vector<std::string>& operands) = 0;
};

struct CommandEntry {
  std::string_view name;
  std::string_view operands;  // for the help: "NAME[:TAG]"
  std::string_view summary;   // one line, without full stop
  OperandRule rule;
  std::unique_ptr<Command> (*make)();
};

std::span<const CommandEntry> Commands();
const CommandEntry* FindCommand(std::string_view name);  // null: there is none

}  // namespace ibuild::cli
