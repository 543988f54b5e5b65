#include "cli/step_options.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"

namespace ibuild::cli {
namespace {

class StepOptionsTest : public testing::Test {
 protected:
  StepOptionsTest() {
    DeclareLimits(options_, limits_);
    DeclareHostOptions(options_, host_);
  }

  void Parse(const std::vector<std::string>& arguments) { options_.Parse(arguments, {}); }
  void ExpectRefused(const std::string& argument) {
    ExpectError(ErrorKind::kUsage, "invalid value", [&] { Parse({argument}); });
  }

  OptionSet options_;
  builder::ResourceLimits limits_;
  HostOptions host_;
};

TEST_F(StepOptionsTest, ReadsLimits) {
  Parse({"--memory", "512m", "--cpus=1.5", "--pids-limit", "100", "--shm-size=64m"});
  EXPECT_EQ(limits_.memory_bytes, 512u << 20);
  EXPECT_EQ(limits_.cpus, 1.5);
  EXPECT_EQ(limits_.pids, 100u);
  EXPECT_EQ(host_.shm_size, 64u << 20);
}

TEST_F(StepOptionsTest, RefusesWhatIsNoLimit) {
  for (const char* argument :
       {"--memory=lots", "--memory=", "--memory=-1", "--memory=1k", "--cpus=0", "--cpus=-1",
        "--cpus=nan", "--cpus=1e3", "--cpus=many", "--pids-limit=0", "--pids-limit=x"}) {
    ExpectRefused(argument);
  }
}

TEST_F(StepOptionsTest, ReadsHosts) {
  Parse({"--add-host", "a:192.0.2.1", "--add-host=b=[2001:db8::1]", "--add-host=c:2001:db8::2"});
  EXPECT_EQ(host_.extra_hosts,
            (std::vector<std::string>{"192.0.2.1\ta", "2001:db8::1\tb", "2001:db8::2\tc"}));
  for (const char* argument :
       {"--add-host=a", "--add-host=:1", "--add-host=a:", "--add-host=a b:1"}) {
    ExpectRefused(argument);
  }
}

TEST(ParseNetwork, KnowsThree) {
  EXPECT_EQ(ParseNetwork("none"), builder::NetworkMode::kNone);
  EXPECT_EQ(ParseNetwork("host"), builder::NetworkMode::kHost);
  EXPECT_EQ(ParseNetwork("default"), builder::NetworkMode::kDefault);
  ExpectError(ErrorKind::kUsage, "one of default, none, host", [] { ParseNetwork("bridged"); });
}

}  // namespace
}  // namespace ibuild::cli
