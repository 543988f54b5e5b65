#include "sandbox/process/step_usage.h"

namespace ibuild::builder {

StepCgroup MakeStepCgroup(const ResourceLimits& limits) {
  return limits.Any() ? StepCgroup::Create(limits, FindCgroupHost()) : StepCgroup();
}

// A group knows the peak of all processes together; without one, there is that of the largest.
ResourceUsage SumUp(const ProcessEnd& end, const CgroupUsage& group,
                    std::chrono::steady_clock::time_point start) {
  return {.wall = std::chrono::steady_clock::now() - start,
          .cpu_user = end.cpu_user,
          .cpu_system = end.cpu_system,
          .peak_memory = group.peak_memory != 0 ? group.peak_memory : end.largest_process,
          .oom_kills = group.oom_kills};
}

}  // namespace ibuild::builder
