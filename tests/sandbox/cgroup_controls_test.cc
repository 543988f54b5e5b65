#include "sandbox/host/cgroup_controls.h"

#include <gtest/gtest.h>

namespace ibuild::builder {
namespace {

using Files = std::vector<std::string>;

ResourceLimits Memory(std::uint64_t bytes) {
  ResourceLimits limits;
  limits.memory_bytes = bytes;
  return limits;
}

Files Lines(const std::vector<ControlFile>& files) {
  Files lines;
  for (const ControlFile& file : files) lines.push_back(file.name + " " + file.value);
  return lines;
}

TEST(CgroupControls, NoLimitNoControl) {
  EXPECT_TRUE(ControlsFor({}).empty());
  EXPECT_FALSE(ResourceLimits().Any());
}

TEST(CgroupControls, MemoryAloneMeansNoSwap) {
  const auto controls = ControlsFor(Memory(1000));
  ASSERT_EQ(controls.size(), 1u);
  EXPECT_EQ(Lines(controls[0].unified), (Files{"memory.max 1000", "memory.swap.max 0"}));
  EXPECT_EQ(Lines(controls[0].older),
            (Files{"memory.limit_in_bytes 1000", "memory.memsw.limit_in_bytes 1000"}));
}

// The newer groups count swap by itself, the older ones together with memory.
TEST(CgroupControls, SwapIsWhatIsBeyondMemory) {
  ResourceLimits limits = Memory(1000);
  limits.memory_and_swap = 1500;
  EXPECT_EQ(Lines(ControlsFor(limits)[0].unified),
            (Files{"memory.max 1000", "memory.swap.max 500"}));
  limits.memory_and_swap = ~std::uint64_t{0};
  EXPECT_EQ(Lines(ControlsFor(limits)[0].unified),
            (Files{"memory.max 1000", "memory.swap.max max"}));
  EXPECT_EQ(Lines(ControlsFor(limits)[0].older),
            (Files{"memory.limit_in_bytes 1000", "memory.memsw.limit_in_bytes -1"}));
}

TEST(CgroupControls, AReservationIsALimitByItself) {
  ResourceLimits limits;
  limits.memory_reservation = 700;
  EXPECT_TRUE(limits.Any());
  const auto controls = ControlsFor(limits);
  ASSERT_EQ(controls.size(), 1u);
  EXPECT_STREQ(controls[0].option, "--memory-reservation");
  EXPECT_EQ(Lines(controls[0].unified), Files{"memory.low 700"});
  EXPECT_EQ(Lines(controls[0].older), Files{"memory.soft_limit_in_bytes 700"});
}

TEST(CgroupControls, ProcessorsSharesAndProcesses) {
  ResourceLimits limits;
  limits.cpus = 0.5;
  limits.pids = 10;
  limits.cpu_shares = 1024;
  const auto controls = ControlsFor(limits);
  ASSERT_EQ(controls.size(), 3u);
  EXPECT_EQ(Lines(controls[0].unified), Files{"cpu.max 50000 100000"});
  EXPECT_EQ(Lines(controls[0].older),
            (Files{"cpu.cfs_period_us 100000", "cpu.cfs_quota_us 50000"}));
  EXPECT_EQ(Lines(controls[1].unified), Files{"cpu.weight 39"});
  EXPECT_EQ(Lines(controls[1].older), Files{"cpu.shares 1024"});
  EXPECT_EQ(Lines(controls[2].unified), Files{"pids.max 11"});
}

TEST(CgroupControls, APeriodIsWhatTheQuotaIsAPartOf) {
  ResourceLimits limits;
  limits.cpus = 0.5;
  limits.cpu_period = 20'000;
  EXPECT_EQ(Lines(ControlsFor(limits)[0].unified), Files{"cpu.max 10000 20000"});
  limits.cpus = 0.29;  // no number of binary digits
  limits.cpu_period = 100'000;
  EXPECT_EQ(Lines(ControlsFor(limits)[0].unified), Files{"cpu.max 29000 100000"});
}

}  // namespace
}  // namespace ibuild::builder
