// The pure parts: states, names, ports, texts, documents.
#include <gtest/gtest.h>

#include <set>

#include "containers/model/container.h"
#include "containers/model/names.h"
#include "containers/model/ports.h"
#include "containers/model/status.h"
#include "containers/model/status_text.h"
#include "support/error.h"

namespace ibuild::containers {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ContainerStatus, GoesThroughItsLife) {
  Status status = Status::kCreated;
  for (const auto& [event, expected] :
       {std::pair(Event::kStart, Status::kRunning), std::pair(Event::kPause, Status::kPaused),
        std::pair(Event::kResume, Status::kRunning), std::pair(Event::kEnd, Status::kExited),
        std::pair(Event::kAwaitRestart, Status::kRestarting),
        std::pair(Event::kStart, Status::kRunning), std::pair(Event::kEnd, Status::kExited),
        std::pair(Event::kBeginRemoval, Status::kDead)}) {
    status = After(status, event, "x");
    EXPECT_EQ(status, expected);
  }
}

TEST(ContainerStatus, RefusesWhatMakesNoSense) {
  EXPECT_THROW(After(Status::kRunning, Event::kStart, "x"), Error);
  EXPECT_THROW(After(Status::kPaused, Event::kPause, "x"), Error);
  EXPECT_THROW(After(Status::kExited, Event::kPause, "x"), Error);
  EXPECT_THROW(After(Status::kRunning, Event::kResume, "x"), Error);
  EXPECT_THROW(After(Status::kRunning, Event::kBeginRemoval, "x"), Error);
  EXPECT_THROW(After(Status::kDead, Event::kStart, "x"), Error);
}

TEST(ContainerStatus, NamesAreReadAsTheyAreWritten) {
  for (const Status status : {Status::kCreated, Status::kRunning, Status::kPaused,
                              Status::kRestarting, Status::kExited, Status::kDead}) {
    EXPECT_EQ(ParseStatus(ToString(status)), status);
  }
  EXPECT_THROW(ParseStatus("well"), Error);
}

TEST(RestartPolicy, ObeysStopAndCounts) {
  EXPECT_TRUE(ShouldRestart({.policy = "always"}));
  EXPECT_FALSE(ShouldRestart({.policy = "always", .stop_asked = true}));
  EXPECT_FALSE(ShouldRestart({.policy = "no", .exit_code = 1}));
  EXPECT_FALSE(ShouldRestart({.policy = "on-failure", .exit_code = 0}));
  EXPECT_TRUE(ShouldRestart({.policy = "on-failure", .most = 2, .restarts = 1, .exit_code = 1}));
  EXPECT_FALSE(ShouldRestart({.policy = "on-failure", .most = 2, .restarts = 2, .exit_code = 1}));
  EXPECT_EQ(RestartDelayMilliseconds(0), 100);
  EXPECT_EQ(RestartDelayMilliseconds(1), 200);
  EXPECT_EQ(RestartDelayMilliseconds(100), 60'000);
}

TEST(ContainerNames, AreMadeAndChecked) {
  std::set<std::string> names;
  for (std::uint64_t chance = 0; chance < 4096; ++chance) names.insert(MakeName(chance, 0));
  EXPECT_EQ(names.size(), 4096U);
  for (const std::string& name : names) EXPECT_EQ(CheckName(name, "container"), name);
  EXPECT_NE(MakeName(std::uint64_t{7} << 32, 3), MakeName(std::uint64_t{8} << 32, 3));
  EXPECT_EQ(CheckName("/web", "container"), "web");
  for (const char* bad : {"", "a", "-a", "a b", "../x", "a/b"}) {
    EXPECT_THROW(CheckName(bad, "container"), Error) << bad;
  }
}

TEST(Ports, AreReadInAllForms) {
  EXPECT_EQ(ParsePublish("8080:80"), (std::vector<PortBinding>{{"", 8080, 80, "tcp"}}));
  EXPECT_EQ(ParsePublish("80"), (std::vector<PortBinding>{{"", 0, 80, "tcp"}}));
  EXPECT_EQ(ParsePublish("127.0.0.1:1:2/udp"),
            (std::vector<PortBinding>{{"127.0.0.1", 1, 2, "udp"}}));
  EXPECT_EQ(ParsePublish("[::1]:1:2"), (std::vector<PortBinding>{{"::1", 1, 2, "tcp"}}));
  EXPECT_EQ(ParsePublish("127.0.0.1::2"), (std::vector<PortBinding>{{"127.0.0.1", 0, 2, "tcp"}}));
  EXPECT_EQ(ParsePublish("10-11:20-21"),
            (std::vector<PortBinding>{{"", 10, 20, "tcp"}, {"", 11, 21, "tcp"}}));
  for (const char* bad : {"", "x", "1:x", "0", "70000:1", "2-1:1-2", "1-3:1-2", "1:2/icmp"}) {
    EXPECT_THROW(ParsePublish(bad), Error) << bad;
  }
}

TEST(Ports, AreShownPublishedOnesFirst) {
  EXPECT_EQ(DescribePorts({{"", 8080, 80, "tcp"}}, {"443/tcp", "80/tcp"}),
            "0.0.0.0:8080->80/tcp, 443/tcp");
  EXPECT_EQ(DescribePorts({}, {}), "");
}

TEST(StateText, SpeaksAsDockerDoes) {
  ContainerState state;
  EXPECT_EQ(DescribeState(state, 0), "Created");
  state.status = Status::kRunning;
  EXPECT_EQ(DescribeState(state, 5 * kSecond), "Up 5 seconds");
  state.health.status = "healthy";
  EXPECT_EQ(DescribeState(state, 180 * kSecond), "Up 3 minutes (healthy)");
  state.health.status = "starting";
  EXPECT_EQ(DescribeState(state, kSecond / 2), "Up Less than a second (health: starting)");
  state.status = Status::kPaused;
  EXPECT_EQ(DescribeState(state, 70 * kSecond), "Up About a minute (Paused)");
  state.status = Status::kExited;
  state.exit_code = 137;
  state.oom_killed = true;
  EXPECT_EQ(DescribeState(state, kSecond), "Exited (137) 1 second ago (out of memory)");
}

TEST(ContainerDocuments, AreReadAsTheyWereWritten) {
  ContainerConfig config;
  config.id = std::string(64, 'a');
  config.process.env = {"A=b", "PATH=/bin"};
  config.process.stop_timeout = 3;
  config.process.health.emplace().test = {"CMD", "x"};
  config.process.labels = {{"k", "v"}};
  config.host.ports = ParsePublish("8080:80/udp");
  config.host.limits.memory = 1 << 30;
  MountConfig& mount = config.mounts.emplace_back();
  mount.type = "volume";
  mount.writable = false;
  const std::string text = Serialize(config);
  EXPECT_EQ(Serialize(ParseConfig(text, "test")), text);
  ContainerState state;
  state.status = Status::kRestarting;
  state.health.log.emplace_back().output = "no";
  state.endpoints.emplace_back().address = "172.17.0.2";
  EXPECT_EQ(Serialize(ParseState(Serialize(state), "test")), Serialize(state));
  EXPECT_THROW(ParseState("{\"status\":\"well\"}", "test"), Error);
  EXPECT_THROW(ParseState("{", "test"), Error);
}

}  // namespace
}  // namespace ibuild::containers
