// From a tool's flags to options: lays them over what the command itself declared.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/tools/tool.h"

namespace ibuild::cli {

// Notes about flags that have no effect, in the order given, each once.
using FlagNotes = std::vector<std::string>;

// A flag takes the place of an option by the same name or letter, unless it is the same option
// (FlagFate::kDone without text). `notes` must outlive the set.
void ApplyFlags(OptionSet& options, std::span<const Flag> flags, FlagNotes& notes);

// The tool's global flags, which may stand behind the word, too; the word's own come first.
void ApplyPersistentFlags(OptionSet& options, std::span<const Flag> globals, FlagNotes& notes);

// The word's own options, as though they stood first on the line.
std::vector<std::string> PresetArguments(const Word& word);

}  // namespace ibuild::cli
