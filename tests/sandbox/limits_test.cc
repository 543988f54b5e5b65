// Limits that are asked for hold, or the step is refused with a reason.
//
// Where this process may not make control groups, as an ordinary user without delegation, the
// refusal is what is tested.
#include <gmock/gmock.h>
#include <unistd.h>

#include <optional>

#include "sandbox/host/cgroup.h"
#include "sandbox/host/cgroup_name.h"
#include "support/error.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;

class LimitsTest : public SandboxTestCase {
 protected:
  // Nothing: the limit was refused, with words and a hint.
  std::optional<RunOutcome> RunLimited(const ResourceLimits& limits, const std::string& script) {
    SandboxSpec spec = Shell(script);
    spec.limits = limits;
    try {
      return Run(spec);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnsupported) << error.what();
      EXPECT_FALSE(error.hint().empty());
      return std::nullopt;
    }
  }
};

ResourceLimits Limits(std::optional<std::uint64_t> memory_bytes, std::optional<double> cpus,
                      std::optional<std::uint64_t> pids) {
  ResourceLimits limits;
  limits.memory_bytes = memory_bytes;
  limits.cpus = cpus;
  limits.pids = pids;
  return limits;
}

// 64 MiB of a shell variable, which doubles until it is too much.
constexpr const char* kMemoryHog = "x=0123456789abcdef; while true; do x=$x$x; done";

TEST_F(LimitsTest, MemoryIsLimitedAndTheKillReported) {
  const auto outcome = RunLimited(Limits(32u << 20, std::nullopt, std::nullopt), kMemoryHog);
  if (!outcome) return;
  EXPECT_EQ(outcome->result.status.ShellCode(), 137);
  EXPECT_GE(outcome->result.usage.oom_kills, 1u);
  EXPECT_GT(outcome->result.usage.peak_memory, 30u << 20);
  EXPECT_LE(outcome->result.usage.peak_memory, 32u << 20);
}

TEST_F(LimitsTest, AStepBelowItsLimitIsLeftAlone) {
  const auto outcome = RunLimited(Limits(64u << 20, 1.5, 50), "echo ok");
  if (!outcome) return;
  EXPECT_EQ(outcome->output, "ok\n");
  EXPECT_EQ(outcome->result.usage.oom_kills, 0u);
  EXPECT_LT(outcome->result.usage.peak_memory, 32u << 20);
}

TEST_F(LimitsTest, ProgramsFindTheLimitWhereTheyLook) {
  const auto outcome =
      RunLimited(Limits(64u << 20, std::nullopt, std::nullopt),
                 "cd /sys/fs/cgroup && cat memory.max memory/memory.limit_in_bytes 2>/dev/null; "
                 "mkdir memory/x x 2>/dev/null && echo writable");
  if (!outcome) return;
  EXPECT_EQ(outcome->output, "67108864\n");
}

TEST_F(LimitsTest, ProcessesAreLimited) {
  const auto outcome = RunLimited(Limits(std::nullopt, std::nullopt, 5),
                                  "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo started");
  if (!outcome) return;
  EXPECT_THAT(outcome->output, HasSubstr("can't fork"));
}

TEST_F(LimitsTest, ProcessorTimeIsLimited) {
  const auto outcome = RunLimited(Limits(std::nullopt, 0.2, std::nullopt),
                                  "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done");
  if (!outcome) return;
  const auto used = outcome->result.usage.cpu_user + outcome->result.usage.cpu_system;
  EXPECT_GT(outcome->result.usage.wall, used * 2);
}

TEST_F(LimitsTest, NoGroupIsLeftBehind) {
  RunLimited(Limits(64u << 20, 1.0, 50), "true");
  const CgroupHost host = FindCgroupHost();
  for (const auto& [controller, group] : host.older) {
    for (const auto& entry : std::filesystem::directory_iterator(group)) {
      const auto owner = ParseGroupName(entry.path().filename().string());
      EXPECT_FALSE(owner && owner->pid == static_cast<std::uint64_t>(getpid())) << entry.path();
    }
  }
}

TEST_F(LimitsTest, GroupsOfProcessesThatAreGoneAreRemoved) {
  const CgroupHost host = FindCgroupHost();
  const auto pids = host.older.find("pids");
  const std::filesystem::path parent =
      pids != host.older.end() ? pids->second : host.unified.value_or("/");
  const std::filesystem::path stale = parent / "ibuild-4194300-1-0";
  if (mkdir(stale.c_str(), 0755) != 0) {
    // Not ours to make: then nobody can have left one either.
    EXPECT_TRUE(errno == EACCES || errno == EPERM || errno == EROFS);
    return;
  }
  RemoveStaleGroups(parent);
  EXPECT_FALSE(std::filesystem::exists(stale));
}

}  // namespace
}  // namespace ibuild::builder
