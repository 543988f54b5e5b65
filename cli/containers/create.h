// From an image's name and options to a container in the store.
#pragma once

#include <string>
#include <vector>

#include "cli/containers/run_options.h"
#include "containers/engine/engine.h"

namespace ibuild::cli {

class Wiring;

// Finds or pulls the image, unpacks it, makes the volumes and the container. `operands`: the image,
// then the command. As an ordinary user the process is in the user namespace of his containers
// afterwards, and `entered` is to be held until the container runs.
struct Created {
  containers::Container container;
  FileLock entered;
};
Created CreateContainer(Wiring& wiring, const containers::Engine& engine, const RunOptions& options,
                        const std::vector<std::string>& operands);

}  // namespace ibuild::cli
