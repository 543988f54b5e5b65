// The small pure parts: resource limits, network files.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "sandbox/network/network.h"
#include "sandbox/network/network_files.h"
#include "sandbox/spec/rlimits.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

TEST(RlimitsTest, ReadsNamesAndValues) {
  const wire::Rlimit limit = ParseUlimit("nofile=100:200");
  EXPECT_EQ(limit.resource, static_cast<unsigned>(RLIMIT_NOFILE));
  EXPECT_EQ(limit.soft, 100u);
  EXPECT_EQ(limit.hard, 200u);
  EXPECT_EQ(ParseUlimit("core=5").hard, 5u);
  EXPECT_EQ(ParseUlimit("memlock=-1").soft, RLIM_INFINITY);
}

TEST(RlimitsTest, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", "nofile", "nofile=", "nofile=a", "nofile=2:1", "files=1", "=1",
                           "nofile=1:2:3", "nofile=-2"}) {
    EXPECT_THROW(ParseUlimit(text), Error) << text;
  }
}

TEST(RlimitsTest, WhatIsAskedForReplacesTheDefault) {
  const std::vector<wire::Rlimit> limits = PlanRlimits({"nofile=10:20", "nofile=11:21"});
  const auto of_descriptors = [](const wire::Rlimit& l) { return l.resource == RLIMIT_NOFILE; };
  ASSERT_EQ(std::ranges::count_if(limits, of_descriptors), 1);
  EXPECT_EQ(std::ranges::find_if(limits, of_descriptors)->soft, 11u);
  EXPECT_LE(limits.size(), wire::kMaxRlimits);
}

// A shell's soft limits end where a step begins.
TEST(RlimitsTest, OurOwnSoftLimitsAreNotHandedOn) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit low = before;
  low.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &low);
  for (const wire::Rlimit& limit : PlanRlimits({})) {
    if (limit.resource == RLIMIT_FSIZE) {
      EXPECT_EQ(limit.soft, before.rlim_max);
    }
  }
  setrlimit(RLIMIT_FSIZE, &before);
}

TEST(RlimitsTest, AHardLimitIsLoweredToOurs) {
  rlimit ours{};
  getrlimit(RLIMIT_NOFILE, &ours);
  for (const wire::Rlimit& limit : PlanRlimits({"nofile=-1:-1"})) {
    if (limit.resource == RLIMIT_NOFILE) {
      EXPECT_EQ(limit.hard, ours.rlim_max);
    }
  }
}

constexpr std::string_view kResolvConf =
    "# made by x\nnameserver 127.0.0.53\n nameserver\t10.0.0.1\n"
    "search a b\n\noptions edns0\n";

TEST(NetworkFilesTest, OnTheHostsNetworkNameServersAreTheHosts) {
  EXPECT_EQ(ResolvConf(kResolvConf),
            "nameserver 127.0.0.53\nnameserver\t10.0.0.1\nsearch a b\noptions edns0\n");
}

TEST(NetworkFilesTest, OnAnOwnNetworkTheHelperIsTheNameServer) {
  EXPECT_EQ(ResolvConfFor("10.0.2.3", kResolvConf),
            "nameserver 10.0.2.3\nsearch a b\noptions edns0\n");
  EXPECT_EQ(ResolvConfFor("10.0.2.3", ""), "nameserver 10.0.2.3\n");
}

// A step without our filter may bring its own, of which only one can have a listener: nobody would
// hear that it wants the network.
TEST(PlanNetwork, WaitsForTheFirstUseOnlyBehindOurFilter) {
  const NetworkTool tool{.program = "/helper", .obstacle = {}, .hint = {}};
  SandboxSpec spec;
  EXPECT_EQ(PlanNetwork(spec, tool, true).attachment, Attachment::kOnDemand);
  EXPECT_EQ(PlanNetwork(spec, tool, false).attachment, Attachment::kAtOnce);
  spec.traits.unfiltered = true;
  EXPECT_EQ(PlanNetwork(spec, tool, true).attachment, Attachment::kAtOnce);
  spec.traits.unfiltered = false;
  spec.security = SecurityMode::kInsecure;
  EXPECT_EQ(PlanNetwork(spec, tool, true).attachment, Attachment::kAtOnce);
}

}  // namespace
}  // namespace ibuild::builder
