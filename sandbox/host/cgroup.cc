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

#include "sandbox/host/cgroup_name.h"
#include "sandbox/host/cgroup_unified.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCpuPeriod = 100'000;  // microseconds
constexpr std::uint64_t kSmallestQuota = 1'000;

std::string Text(std::uint64_t value) { return std::to_string(value); }

std::uint64_t CpuQuota(double cpus) {
  const double quota = cpus * static_cast<double>(kCpuPeriod);
  return std::max(kSmallestQuota, static_cast<std::uint64_t>(quota));
}

// Swap would let a step exceed its limit, where the kernel counts swap at all.
void LimitSwap(const fs::path& file, const std::string& value) {
  try {
    WriteControl(file, value);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
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

CgroupHost FindCgroupHost() {
  return ParseCgroupHost(ReadFileIfExists("/proc/self/cgroup").value_or(""),
                         ReadFileIfExists("/proc/self/mountinfo").value_or(""));
}

StepCgroup StepCgroup::Create(const ResourceLimits& limits, const CgroupHost& host,
                              const std::string& name) {
  static std::atomic<std::uint64_t> next_number = 0;
  StepCgroup group;
  if (!limits.Any()) return group;
  group.name_ = GroupName(name.empty() ? std::to_string(next_number++) : name);
  if (limits.memory_bytes) group.LimitMemory(limits, host);
  if (limits.cpus) group.LimitCpu(*limits.cpus, host);
  if (limits.cpu_shares) group.SetShares(*limits.cpu_shares, host);
  if (limits.pids) group.LimitPids(*limits.pids, host);
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

void StepCgroup::LimitMemory(const ResourceLimits& limits, const CgroupHost& host) {
  const std::uint64_t bytes = *limits.memory_bytes;
  const std::uint64_t total = limits.memory_and_swap.value_or(bytes);
  const bool unlimited = total == ~std::uint64_t{0};
  if (host.older.contains("memory")) {
    memory_ = OlderGroup(host, "memory");
    WriteControl(memory_ / "memory.limit_in_bytes", Text(bytes));
    if (limits.memory_reservation) {
      WriteControl(memory_ / "memory.soft_limit_in_bytes", Text(*limits.memory_reservation));
    }
    return LimitSwap(memory_ / "memory.memsw.limit_in_bytes", unlimited ? "-1" : Text(total));
  }
  if (!host.unified) NoController("memory", "--memory");
  memory_ = UnifiedGroup(host, "memory");
  WriteControl(memory_ / "memory.max", Text(bytes));
  if (limits.memory_reservation) {
    WriteControl(memory_ / "memory.low", Text(*limits.memory_reservation));
  }
  LimitSwap(memory_ / "memory.swap.max", unlimited ? "max" : Text(total - bytes));
}

void StepCgroup::LimitCpu(double cpus, const CgroupHost& host) {
  const std::string quota = Text(CpuQuota(cpus));
  const std::string period = Text(kCpuPeriod);
  if (host.older.contains("cpu")) {
    const fs::path group = OlderGroup(host, "cpu");
    WriteControl(group / "cpu.cfs_period_us", period);
    return WriteControl(group / "cpu.cfs_quota_us", quota);
  }
  if (!host.unified) NoController("cpu", "--cpus");
  WriteControl(UnifiedGroup(host, "cpu") / "cpu.max", quota + " " + period);
}

void StepCgroup::SetShares(std::uint64_t shares, const CgroupHost& host) {
  if (host.older.contains("cpu")) {
    return WriteControl(OlderGroup(host, "cpu") / "cpu.shares", Text(shares));
  }
  if (!host.unified) NoController("cpu", "--cpu-shares");
  WriteControl(UnifiedGroup(host, "cpu") / "cpu.weight", CpuWeight(shares));
}

void StepCgroup::LimitPids(std::uint64_t count, const CgroupHost& host) {
  const std::string value = Text(count + 1);  // our init is not the user's business
  if (host.older.contains("pids")) {
    return WriteControl(OlderGroup(host, "pids") / "pids.max", value);
  }
  if (!host.unified) NoController("pids", "--pids-limit");
  WriteControl(UnifiedGroup(host, "pids") / "pids.max", value);
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
