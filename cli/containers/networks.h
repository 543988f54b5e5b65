// What `system prune` needs of the networks' commands.
#pragma once

#include <string>

#include "containers/engine/engine.h"

namespace ibuild::cli {

// Removes the networks that no container has; their names, one a line.
std::string PruneNetworks(const containers::Engine& engine);

}  // namespace ibuild::cli
