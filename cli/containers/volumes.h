// What `prune` needs of the volumes' commands.
#pragma once

#include <string>
#include <vector>

#include "containers/engine/engine.h"

namespace ibuild::cli {

// The containers that have the volume, running or not.
std::vector<std::string> UsersOfVolume(const containers::Engine& engine, const std::string& volume);

}  // namespace ibuild::cli
