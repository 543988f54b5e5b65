// Where this process stands in the control groups of the machine. Pure: reads text only.
//
// A machine has the unified hierarchy (cgroup2), the older one hierarchy per controller, or both,
// with each controller in one of them (cgroups(7)).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild::builder {

struct CgroupHost {
  // Our group's directory in the unified hierarchy, and the directory where that is mounted.
  std::optional<std::filesystem::path> unified;
  std::filesystem::path unified_mount;
  // Our group's directory for each controller of the older kind ("memory", "cpu", "pids", …).
  std::map<std::string, std::filesystem::path> older;
};

// From the text of /proc/self/cgroup and /proc/self/mountinfo.
CgroupHost ParseCgroupHost(std::string_view self_cgroup, std::string_view mountinfo);

// A counter in a file of "name value" lines; nothing when it is not there.
std::optional<std::uint64_t> FindCounter(std::string_view file, std::string_view name);

}  // namespace ibuild::builder
