#include "containers/engine/live_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "containers/engine/processes.h"
#include "sandbox/host/cgroup.h"
#include "sandbox/host/cgroup_unified.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPeriod = 100'000;  // microseconds

// One limit: its file in the two kinds of groups.
struct Control {
  const char* option;
  const char* controller;
  std::string newer;
  std::string newer_value;
  std::string older;
  std::string older_value;
};

std::vector<Control> ControlsFor(const Limits& limits) {
  std::vector<Control> controls;
  if (limits.memory > 0) {
    const std::string bytes = std::to_string(limits.memory);
    controls.push_back({"--memory", "memory", "memory.max", bytes, "memory.limit_in_bytes", bytes});
  }
  if (limits.memory_reservation > 0) {
    const std::string bytes = std::to_string(limits.memory_reservation);
    controls.push_back({"--memory-reservation", "memory", "memory.low", bytes,
                        "memory.soft_limit_in_bytes", bytes});
  }
  if (limits.nano_cpus > 0) {
    const std::int64_t quota = limits.nano_cpus / (1'000'000'000 / kPeriod);
    controls.push_back({"--cpus", "cpu", "cpu.max", fmt::format("{} {}", quota, kPeriod),
                        "cpu.cfs_quota_us", std::to_string(quota)});
  }
  if (limits.cpu_shares > 0) {
    const auto shares = static_cast<std::uint64_t>(limits.cpu_shares);
    controls.push_back({"--cpu-shares", "cpu", "cpu.weight", builder::CpuWeight(shares),
                        "cpu.shares", std::to_string(shares)});
  }
  if (limits.pids > 0) {
    const std::string count = std::to_string(limits.pids + 1);
    controls.push_back({"--pids-limit", "pids", "pids.max", count, "pids.max", count});
  }
  return controls;
}

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

bool TryWrite(const Container& container, const Control& control) {
  return TryWrite(container, control.newer, control.newer_value) ||
         TryWrite(container, control.older, control.older_value);
}

// A group that it was started without: made now, beside those that it has.
void MakeGroup(const ContainerStore& store, Container* container, const char* controller) {
  if (container->state.control_groups.empty()) return;
  const fs::path name = fs::path(container->state.control_groups.front()).filename();
  const builder::CgroupHost host = builder::FindCgroupHost();
  const auto older = host.older.find(controller);
  if (older == host.older.end()) {
    builder::UnifiedParent(host, controller);  // lets the groups below have it
    return;
  }
  const fs::path group = older->second / name;
  builder::MakeGroup(group);
  // Twice, for what was started while the others were moved.
  for (int round = 0; round < 2; ++round) {
    for (const std::int64_t pid : ProcessesOf(*container)) {
      try {
        builder::WriteControl(group / "cgroup.procs", std::to_string(pid));
      } catch (const Error&) {  // it has ended meanwhile
        continue;
      }
    }
  }
  store.Change(container,
               [&](ContainerState& state) { state.control_groups.push_back(group.native()); });
}

// In the older groups memory may not exceed memory and swap, so one of two orders is right.
void TryLimitSwap(const Container& container, std::int64_t bytes) {
  try {
    TryWrite(container, "memory.memsw.limit_in_bytes", std::to_string(bytes));
  } catch (const Error&) {  // the other order
    return;
  }
}

}  // namespace

void ApplyLimits(const ContainerStore& store, Container* container, const Limits& limits) {
  const std::int64_t swap = limits.memory_swap > 0 ? limits.memory_swap : limits.memory;
  for (const Control& control : ControlsFor(limits)) {
    const bool memory = control.older == "memory.limit_in_bytes";
    if (memory) TryLimitSwap(*container, swap);
    if (!TryWrite(*container, control)) {
      MakeGroup(store, container, control.controller);
      if (!TryWrite(*container, control)) {
        throw Error(ErrorKind::kUnsupported,
                    fmt::format("{} cannot be changed while the container runs: it was started "
                                "without a control group",
                                control.option))
            .WithHint("stop it, update it, and start it again");
      }
    }
    if (memory) TryLimitSwap(*container, swap);
  }
}

}  // namespace ibuild::containers
