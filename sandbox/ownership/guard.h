// Which calls of a step are stopped so that ownership can be emulated: a seccomp filter.
//
// Calls of the native architecture only; 32-bit programs see what the kernel shows.
#pragma once

#include <vector>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

// `with_sockets`: also those that network/socket_guard.h stops, as there can be one listener only.
std::vector<wire::FilterInstruction> OwnershipGuard(bool with_sockets);

// Only those that make a device node: for a step that has many ids, but may make none.
std::vector<wire::FilterInstruction> DeviceGuard(bool with_sockets);

}  // namespace ibuild::builder
