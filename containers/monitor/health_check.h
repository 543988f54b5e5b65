// HEALTHCHECK: runs the check of a container from time to time and keeps score.
//
// The rules are Docker's: a check is run every interval, the first after one interval; one that
// succeeds makes the container healthy; as many failures in a row as `retries` make it unhealthy,
// but not within the start period. Driven by the monitor's poll(2).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "containers/model/container.h"
#include "support/fd.h"

namespace ibuild::containers {

// Pure: the score after a check. `in_start_period`: failures do not count yet.
void ApplyResult(const HealthConfig& config, HealthRecord record, bool in_start_period,
                 Health* health);

class HealthCheck {
 public:
  // Runs the check in the container, as a child of this process: the descriptor of its output, at
  // whose end waitpid(2) of `pid` tells the result.
  struct Probe {
    int pid = -1;
    UniqueFd output;
  };
  using Launch = std::function<Probe()>;

  // Without a check in `config`, one that does nothing.
  HealthCheck(std::optional<HealthConfig> config, Launch launch);
  ~HealthCheck();

  bool active() const { return config_.has_value(); }
  const Health& health() const { return health_; }

  int fd() const { return probe_ ? probe_->output.get() : -1; }  // to be polled for reading
  int Patience() const;                                          // milliseconds; -1: for ever
  // With whether fd() is readable. True: the health has changed.
  bool Continue(bool readable);

 private:
  using Clock = std::chrono::steady_clock;
  void Begin();
  bool Finish(std::int64_t exit_code);
  std::chrono::nanoseconds Interval() const;

  std::optional<HealthConfig> config_;
  Launch launch_;
  Health health_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point next_;
  Clock::time_point deadline_;
  std::optional<Probe> probe_;
  HealthRecord record_;
};

}  // namespace ibuild::containers
