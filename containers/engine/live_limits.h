// Limits of a container that runs, changed in its control groups.
#pragma once

#include "containers/state/container_store.h"

namespace ibuild::containers {

// Makes the groups hold what `limits` says; what it does not name stays. A group that the container
// was started without is made. Throws kUnsupported where the machine lets us make none.
void ApplyLimits(const ContainerStore& store, Container* container, const Limits& limits);

}  // namespace ibuild::containers
