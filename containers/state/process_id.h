// Processes by pid and start time, so that a pid that was used again is never taken for another.
#pragma once

#include <cstdint>
#include <optional>

#include "support/fd.h"

namespace ibuild::containers {

// Clock ticks since boot (proc(5), field 22 of stat); nothing: there is no such process.
std::optional<std::int64_t> StartTimeOf(std::int64_t pid);

bool IsSameProcess(std::int64_t pid, std::int64_t start_time);

// A pidfd of that very process; empty: it is gone.
UniqueFd OpenProcess(std::int64_t pid, std::int64_t start_time);

// False: it is gone. Throws kPermissionDenied.
bool SendSignal(std::int64_t pid, std::int64_t start_time, int signal);

}  // namespace ibuild::containers
