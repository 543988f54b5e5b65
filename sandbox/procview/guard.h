// Which calls of a step are stopped so that paths in /proc can be answered: a seccomp filter.
#pragma once

#include <vector>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

std::vector<wire::FilterInstruction> ProcGuard();

}  // namespace ibuild::builder
