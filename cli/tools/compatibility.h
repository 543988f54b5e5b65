// What becomes of other tools' words and flags, told from their tables: `ibuild help compatibility`
// and docs/compatibility.md.
#pragma once

#include <string>

#include "cli/tools/tool.h"

namespace ibuild::cli {

// For a terminal: of one tool, a line for each flag that is not simply done.
std::string CompatibilityText(const Tool& tool);
// The whole document.
std::string CompatibilityMarkdown();

}  // namespace ibuild::cli
