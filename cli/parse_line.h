// A line of arguments, read by CLI11 behind the table of options.
//
// Docker's users write more than CLI11 reads as meant (`-e=1`, `--file=`, `--quiet=false`, an
// operand `[x y]`), so a line is first written in the one form that both agree on: every option by
// its long name, its value as an argument of its own. What the table does not know is said there,
// where the nearest right name is known (docs/decisions/0007).
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace ibuild::cli {

// OptionSet::Parse.
ParsedLine ParseLine(const OptionSet& options, const std::vector<std::string>& arguments,
                     const OperandRule& rule);

}  // namespace ibuild::cli
