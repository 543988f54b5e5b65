// The processes of a container, seen from the machine.
#pragma once

#include <cstdint>
#include <vector>

#include "containers/state/container_store.h"

namespace ibuild::containers {

// Their pids here, the first process first. Empty: it does not run. A container that shares its
// pids with others has only its first process and what that started.
std::vector<std::int64_t> ProcessesOf(const Container& container);

}  // namespace ibuild::containers
