#include "sandbox/host/cgroup_host.h"

#include <gtest/gtest.h>

#include "sandbox/host/cgroup_name.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kUnifiedMount =
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view kOlderMounts =
    "24 1 8:1 / / rw - ext4 /dev/sda rw\n"
    "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 24 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
    "34 24 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupHostTest, FindsOurGroupInTheUnifiedHierarchy) {
  const CgroupHost host = ParseCgroupHost("0::/user.slice/a:b.scope\n", kUnifiedMount);
  EXPECT_EQ(host.unified, "/sys/fs/cgroup/user.slice/a:b.scope");
  EXPECT_EQ(host.unified_mount, "/sys/fs/cgroup");
  EXPECT_TRUE(host.older.empty());
}

TEST(CgroupHostTest, FindsControllersOfTheOlderKindBesideTheUnifiedHierarchy) {
  const CgroupHost host =
      ParseCgroupHost("9:name=systemd:/x\n4:memory:/box/1\n3:cpu,cpuacct:/\n0::/\n", kOlderMounts);
  EXPECT_EQ(host.older.at("memory"), "/sys/fs/cgroup/memory/box/1");
  EXPECT_EQ(host.older.at("cpu"), "/sys/fs/cgroup/cpu,cpuacct/");
  EXPECT_EQ(host.older.at("cpuacct"), "/sys/fs/cgroup/cpu,cpuacct/");
  EXPECT_EQ(host.unified, "/sys/fs/cgroup/unified/");
}

TEST(CgroupHostTest, AContainerSeesItsGroupAsTheRootOfTheMount) {
  const std::string_view mount =
      "30 24 0:26 /docker/abc /sys/fs/cgroup/memory ro - cgroup c rw,memory\n";
  EXPECT_EQ(ParseCgroupHost("4:memory:/docker/abc\n", mount).older.at("memory"),
            "/sys/fs/cgroup/memory");
  EXPECT_EQ(ParseCgroupHost("4:memory:/docker/abc/x\n", mount).older.at("memory"),
            "/sys/fs/cgroup/memory/x");
  EXPECT_TRUE(ParseCgroupHost("4:memory:/elsewhere\n", mount).older.empty());
}

TEST(CgroupHostTest, SurvivesNonsense) {
  EXPECT_TRUE(ParseCgroupHost("", "").older.empty());
  EXPECT_TRUE(ParseCgroupHost("::\n:\nx\n4:memory:\n", " - \n - cgroup\n").older.empty());
}

TEST(CgroupHostTest, CountersAreFoundByWholeName) {
  const std::string_view events = "low 0\noom 3\noom_kill 2\noom_group_kill 1\n";
  EXPECT_EQ(FindCounter(events, "oom_kill"), 2u);
  EXPECT_EQ(FindCounter(events, "oom"), 3u);
  EXPECT_EQ(FindCounter(events, "max"), std::nullopt);
}

TEST(CgroupNameTest, NamesTellTheirOwner) {
  const auto owner = ParseGroupName(GroupName("3"));
  ASSERT_TRUE(owner);
  EXPECT_TRUE(StillRuns(*owner));
  EXPECT_EQ(ParseGroupName(GroupName("3f0a")), owner) << "of a container";
  EXPECT_FALSE(StillRuns({.pid = owner->pid, .start_time = owner->start_time + 1}));
}

TEST(CgroupNameTest, OtherNamesAreNobodys) {
  for (const char* name :
       {"", "ibuild-", "ibuild-1-2", "ibuild-x-2-3", "docker", "ibuild-1-2-3-4"}) {
    EXPECT_EQ(ParseGroupName(name), std::nullopt) << name;
  }
}

TEST(CgroupNameTest, StartTimeIsFoundWhateverTheCommandIsCalled) {
  EXPECT_EQ(ParseStartTime("7 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987 20"), 987u);
  EXPECT_EQ(ParseStartTime("7 (a"), std::nullopt);
  EXPECT_EQ(ParseStartTime("7 (a) S 1"), std::nullopt);
}

}  // namespace
}  // namespace ibuild::builder
