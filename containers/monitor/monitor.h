// The monitor of a container: a process that starts it, keeps its output, stays until it has ended
// for good, and writes down what became of it.
//
// It outlives the command line that started it and may be killed at any time: its container dies
// with it, and the next command that looks finds out (state/container_store.h). Whoever attaches
// talks to it through the socket in the container's directory.
#pragma once

#include <functional>

#include "containers/network/network_store.h"
#include "containers/state/container_store.h"
#include "containers/state/detached_process.h"
#include "sandbox/spec/spec.h"
#include "support/fd.h"

namespace ibuild::containers {

using MakesSpec = std::function<builder::SandboxSpec(const Container&)>;

struct MonitorOrder {
  Container container;
  builder::SandboxSpec spec;
  MakesSpec renew;        // for a new start by its policy: it may have been changed meanwhile
  UniqueFd first_client;  // attached from the first byte on; empty: nobody
};

// Runs in a detached process. Reports the start through `starting`, returns when all is over.
void RunMonitor(const ContainerStore& store, const NetworkStore& networks, MonitorOrder order,
                Starting* starting);

}  // namespace ibuild::containers
