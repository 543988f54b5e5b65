// Names of control groups: "ibuild-<pid>-<start time>-<what>", so that anybody can tell whether
// the process that made a group still exists (start times tell reused pids apart).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild::builder {

struct GroupOwner {
  std::uint64_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot

  friend bool operator==(const GroupOwner&, const GroupOwner&) = default;
};

// A group of this process; `what` tells its groups apart and has no `-`.
std::string GroupName(std::string_view what);
// Nothing for names that are not ours.
std::optional<GroupOwner> ParseGroupName(std::string_view name);
bool StillRuns(const GroupOwner& owner);

// Field 22 of /proc/PID/stat (proc(5)); the command in field 2 may hold anything.
std::optional<std::uint64_t> ParseStartTime(std::string_view stat);

}  // namespace ibuild::builder
