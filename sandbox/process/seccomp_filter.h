// The system call filter of the sandbox, compiled when ibuild was built (seccomp/).
#pragma once

#include <span>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

std::span<const wire::FilterInstruction> SeccompFilter();

}  // namespace ibuild::builder
