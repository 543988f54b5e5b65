// Namespaces that a container shares with another one (--network, --pid, --ipc container:X).
#pragma once

#include <string>
#include <vector>

#include "containers/model/container.h"
#include "containers/state/container_store.h"
#include "sandbox/process/other_namespace.h"

namespace ibuild::containers {

// Those that are not the machine's, and so ours, anyway. Throws kInvalidInput for a container that
// does not run.
std::vector<builder::OtherNamespace> FindShared(const ContainerConfig& config,
                                                const ContainerStore& store);

// The command of a check: {"CMD", …} as it is, {"CMD-SHELL", text} by the shell.
std::vector<std::string> HealthCommand(const HealthConfig& health, const ProcessConfig& process);

}  // namespace ibuild::containers
