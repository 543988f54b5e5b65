#include "containers/monitor/health_check.h"

#include <gtest/gtest.h>

namespace ibuild::containers {
namespace {

Health After(const HealthConfig& config, const std::vector<int>& codes, bool in_start_period) {
  Health health;
  health.status = "starting";
  for (const int code : codes) {
    HealthRecord record;
    record.exit_code = code;
    ApplyResult(config, record, in_start_period, &health);
  }
  return health;
}

TEST(HealthScore, IsDockers) {
  HealthConfig config;
  config.retries = 2;
  EXPECT_EQ(After(config, {0}, false).status, "healthy");
  EXPECT_EQ(After(config, {1}, false).status, "starting");
  EXPECT_EQ(After(config, {1, 1}, false).status, "unhealthy");
  EXPECT_EQ(After(config, {1, 1, 0}, false).status, "healthy");
  EXPECT_EQ(After(config, {0, 1}, false).status, "healthy");
  EXPECT_EQ(After({}, {1, 1}, false).status, "starting");
  EXPECT_EQ(After({}, {1, 1, 1}, false).status, "unhealthy");
}

TEST(HealthScore, ForgivesFailuresInTheStartPeriod) {
  HealthConfig config;
  config.retries = 1;
  EXPECT_EQ(After(config, {1, 1, 1}, true).status, "starting");
  EXPECT_EQ(After(config, {1, 0}, true).status, "healthy");
  EXPECT_EQ(After(config, {0, 1}, true).status, "unhealthy");
}

TEST(HealthScore, KeepsTheLastFiveResults) {
  EXPECT_EQ(After({}, {1, 0, 1, 0, 1, 0, 1}, false).log.size(), 5U);
}

}  // namespace
}  // namespace ibuild::containers
