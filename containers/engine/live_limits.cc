#include "containers/engine/live_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "sandbox/host/cgroup_unified.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

constexpr std::int64_t kPeriod = 100'000;  // microseconds

// Writes to the first group that has the file; false: none has.
bool TryWrite(const Container& container, const std::string& file, const std::string& value) {
  for (const std::string& group : container.state.control_groups) {
    const std::string path = group + "/" + file;
    if (access(path.c_str(), F_OK) != 0) continue;
    builder::WriteControl(path, value);
    return true;
  }
  return false;
}

void Require(bool done, const char* option) {
  if (done) return;
  throw Error(
      ErrorKind::kUnsupported,
      fmt::format("{} cannot be changed while the container runs: it was started without", option))
      .WithHint("stop it, update it, and start it again");
}

}  // namespace

void ApplyLimits(const Container& container, const Limits& limits) {
  if (limits.memory > 0) {
    const std::string bytes = std::to_string(limits.memory);
    // In the older groups memory may not exceed memory and swap, so one of two orders is right.
    const auto write_swap = [&] {
      try {
        return TryWrite(container, "memory.memsw.limit_in_bytes", bytes);
      } catch (const Error&) {
        return false;
      }
    };
    write_swap();
    Require(TryWrite(container, "memory.max", bytes) ||
                TryWrite(container, "memory.limit_in_bytes", bytes),
            "--memory");
    write_swap();
  }
  if (limits.nano_cpus > 0) {
    const std::int64_t quota = limits.nano_cpus / (1'000'000'000 / kPeriod);
    Require(TryWrite(container, "cpu.max", fmt::format("{} {}", quota, kPeriod)) ||
                TryWrite(container, "cpu.cfs_quota_us", std::to_string(quota)),
            "--cpus");
  }
  if (limits.pids > 0) {
    Require(TryWrite(container, "pids.max", std::to_string(limits.pids + 1)), "--pids-limit");
  }
}

}  // namespace ibuild::containers
