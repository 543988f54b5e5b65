// What `prune` needs of the networks' commands.
#pragma once

#include <vector>

#include "containers/engine/engine.h"

namespace ibuild::cli {

// The containers that use the network, running or not.
std::vector<containers::Container> UsersOfNetwork(const containers::Engine& engine,
                                                  const containers::NetworkConfig& network);

}  // namespace ibuild::cli
