// Namespaces that a container shares with another one or with the machine (--pid, --ipc, --uts).
#pragma once

#include "containers/model/container.h"
#include "containers/state/container_store.h"
#include "support/fd.h"

namespace ibuild::containers {

// While it lives, what this process starts is in the other container's pid and ipc namespaces.
class SharedNamespaces {
 public:
  SharedNamespaces(const ContainerConfig& config, const ContainerStore& store);
  SharedNamespaces(const SharedNamespaces&) = delete;
  SharedNamespaces& operator=(const SharedNamespaces&) = delete;
  ~SharedNamespaces();

 private:
  UniqueFd own_pid_;
  UniqueFd own_ipc_;
};

// The command of a check: {"CMD", …} as it is, {"CMD-SHELL", text} by the shell.
std::vector<std::string> HealthCommand(const HealthConfig& health, const ProcessConfig& process);

}  // namespace ibuild::containers
