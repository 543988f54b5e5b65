// Limits of a container that runs, changed in its control groups.
#pragma once

#include "containers/state/container_store.h"

namespace ibuild::containers {

// Makes the groups hold what `limits` says; what it does not name stays. Throws kUnsupported for a
// limit whose group the container was not started with.
void ApplyLimits(const Container& container, const Limits& limits);

}  // namespace ibuild::containers
