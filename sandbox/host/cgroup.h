// StepCgroup: the control groups that hold one step to its limits.
//
// Made only when a limit is asked for; a limit that cannot be enforced here is an error that says
// why. Groups are named after the process that made them and removed with the object; groups of a
// process that was killed are removed by the next one that makes some.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/host/cgroup_controls.h"
#include "sandbox/host/cgroup_host.h"
#include "sandbox/spec/spec.h"
#include "support/fd.h"

namespace ibuild::builder {

struct CgroupUsage {
  std::uint64_t peak_memory = 0;  // bytes; 0: not counted
  std::uint64_t oom_kills = 0;
};

class StepCgroup {
 public:
  // Without limits, an object that does nothing. `name`: what the groups' names end with.
  static StepCgroup Create(const ResourceLimits& limits, const CgroupHost& host,
                           const std::string& name = {});
  // Groups that limit nothing, for a container that wants to be found and counted; none where the
  // machine does not let us make any.
  static StepCgroup CreatePlain(const CgroupHost& host, const std::string& name);
  StepCgroup() = default;
  StepCgroup(StepCgroup&&) noexcept = default;
  StepCgroup& operator=(StepCgroup&&) = delete;
  ~StepCgroup();

  // The cgroup2 directory in which to start the process; -1: there is none.
  int start_directory() const { return unified_.get(); }
  // The hierarchies of the older kind in which it has groups: "memory", "cpu,cpuacct".
  const std::vector<std::string>& older_hierarchies() const { return hierarchies_; }
  // Moves a process that was not started in it into the groups of the older kind.
  void Add(int pid) const;
  CgroupUsage Usage() const;
  std::vector<std::filesystem::path> Directories() const;

 private:
  void Apply(const CgroupControl& control, const CgroupHost& host);
  std::filesystem::path OlderGroup(const CgroupHost& host, const std::string& controller);
  std::filesystem::path UnifiedGroup(const CgroupHost& host, const std::string& controller);

  std::string name_;
  UniqueFd unified_;
  std::filesystem::path unified_path_;
  std::vector<std::filesystem::path> older_;
  std::vector<std::string> hierarchies_;
  std::filesystem::path memory_;  // the group that counts memory; empty: none
};

// Reads /proc; for StepCgroup::Create. Of another process: where that one stands.
CgroupHost FindCgroupHost(const std::string& process = "self");

// Removes a group, whose processes may have ended just now. That it is gone already is fine.
void RemoveGroup(const std::filesystem::path& group);

// Removes the groups in `parent` that were left by processes that no longer exist.
void RemoveStaleGroups(const std::filesystem::path& parent);

}  // namespace ibuild::builder
