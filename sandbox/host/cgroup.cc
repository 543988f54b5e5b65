#include "sandbox/host/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "sandbox/host/cgroup_controls.h"
#include "sandbox/host/cgroup_name.h"
#include "sandbox/host/cgroup_unified.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

void Write(const fs::path& group, const ControlFile& file) {
  try {
    WriteControl(group / file.name, file.value);
  } catch (const Error& error) {
    if (!file.optional || error.kind() != ErrorKind::kNotFound) throw;
  }
}

[[noreturn]] void NoController(const std::string& controller, const std::string& option) {
  throw Error(ErrorKind::kUnsupported,
              fmt::format("{} cannot be enforced: this machine has no {} control group", option,
                          controller))
      .WithHint("leave the limit out, or boot with the controller enabled (cgroups(7))");
}

std::uint64_t ReadNumber(const fs::path& file) {
  const auto text = ReadFileIfExists(file);
  return text ? ParseUnsigned(Trim(*text)).value_or(0) : 0;
}

}  // namespace

// Processes that just died hold their group for a moment.
void RemoveGroup(const fs::path& group) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (rmdir(group.c_str()) == 0 || errno != EBUSY) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

CgroupHost FindCgroupHost(const std::string& process) {
  return ParseCgroupHost(ReadFileIfExists("/proc/" + process + "/cgroup").value_or(""),
                         ReadFileIfExists("/proc/self/mountinfo").value_or(""));
}

StepCgroup StepCgroup::Create(const ResourceLimits& limits, const CgroupHost& host,
                              const std::string& name) {
  static std::atomic<std::uint64_t> next_number = 0;
  StepCgroup group;
  if (!limits.Any()) return group;
  group.name_ = GroupName(name.empty() ? std::to_string(next_number++) : name);
  for (const CgroupControl& control : ControlsFor(limits)) group.Apply(control, host);
  return group;
}

StepCgroup StepCgroup::CreatePlain(const CgroupHost& host, const std::string& name) {
  StepCgroup group;
  group.name_ = GroupName(name);
  try {
    if (host.older.contains("memory")) {
      group.memory_ = group.OlderGroup(host, "memory");
    } else if (host.unified) {
      group.memory_ = group.UnifiedGroup(host, "memory");
    }
  } catch (const Error&) {  // not ours to make
  }
  return group;
}

StepCgroup::~StepCgroup() {
  for (const fs::path& group : older_) RemoveGroup(group);
  if (!unified_path_.empty()) RemoveGroup(unified_path_);
}

void StepCgroup::Add(int pid) const {
  for (const fs::path& group : older_) WriteControl(group / "cgroup.procs", std::to_string(pid));
}

CgroupUsage StepCgroup::Usage() const {
  CgroupUsage usage;
  if (memory_.empty()) return usage;
  const bool unified = memory_ == unified_path_;
  usage.peak_memory = ReadNumber(memory_ / (unified ? "memory.peak" : "memory.max_usage_in_bytes"));
  const auto events =
      ReadFileIfExists(memory_ / (unified ? "memory.events" : "memory.oom_control"));
  if (events) usage.oom_kills = FindCounter(*events, "oom_kill").value_or(0);
  return usage;
}

std::vector<fs::path> StepCgroup::Directories() const {
  std::vector<fs::path> directories = older_;
  if (!unified_path_.empty()) directories.push_back(unified_path_);
  return directories;
}

void StepCgroup::Apply(const CgroupControl& control, const CgroupHost& host) {
  const std::string controller = control.controller;
  const bool older = host.older.contains(controller);
  if (!older && !host.unified) NoController(controller, control.option);
  const fs::path group = older ? OlderGroup(host, controller) : UnifiedGroup(host, controller);
  if (controller == "memory") memory_ = group;
  for (const ControlFile& file : older ? control.older : control.unified) Write(group, file);
}

// Controllers that are mounted together share one group.
fs::path StepCgroup::OlderGroup(const CgroupHost& host, const std::string& controller) {
  const fs::path& parent = host.older.at(controller);
  fs::path group = parent / name_;
  if (std::find(older_.begin(), older_.end(), group) != older_.end()) return group;
  RemoveStaleGroups(parent);
  MakeGroup(group);
  older_.push_back(group);
  std::vector<std::string> together;
  for (const auto& [name, directory] : host.older) {
    if (directory == parent) together.push_back(name);
  }
  hierarchies_.push_back(Join(together, ","));
  return group;
}

fs::path StepCgroup::UnifiedGroup(const CgroupHost& host, const std::string& controller) {
  const fs::path parent = UnifiedParent(host, controller);
  if (!unified_path_.empty()) return unified_path_;
  RemoveStaleGroups(parent);
  MakeGroup(parent / name_);
  unified_path_ = parent / name_;
  unified_ = OpenFile(unified_path_, O_PATH | O_DIRECTORY);
  return unified_path_;
}

}  // namespace ibuild::builder
