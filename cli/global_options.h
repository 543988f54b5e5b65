// Options that every command has, before or after its name.
#pragma once

#include "cli/options.h"
#include "cli/settings.h"

namespace ibuild::cli {

void DeclareGlobalOptions(OptionSet& options, Settings& settings);

}  // namespace ibuild::cli
