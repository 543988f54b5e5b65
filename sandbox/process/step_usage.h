// What holds a step to its limits, and what it used.
#pragma once

#include <chrono>

#include "sandbox/executor.h"
#include "sandbox/host/cgroup.h"
#include "sandbox/process/sandbox_process.h"

namespace ibuild::builder {

// An object that does nothing for a step without limits.
StepCgroup MakeStepCgroup(const ResourceLimits& limits);

ResourceUsage SumUp(const ProcessEnd& end, const CgroupUsage& group,
                    std::chrono::steady_clock::time_point start);

}  // namespace ibuild::builder
