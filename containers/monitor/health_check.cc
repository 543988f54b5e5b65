#include "containers/monitor/health_check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "containers/state/container_store.h"
#include "support/process.h"

namespace ibuild::containers {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kKeptRecords = 5;
constexpr std::size_t kKeptOutput = 4096;

std::chrono::nanoseconds Or(std::int64_t value, std::int64_t seconds) {
  return std::chrono::nanoseconds(value > 0 ? value : seconds * kSecond);
}

}  // namespace

void ApplyResult(const HealthConfig& config, HealthRecord record, bool in_start_period,
                 Health* health) {
  const std::int64_t retries = config.retries > 0 ? config.retries : 3;
  if (record.exit_code == 0) {
    health->failing_streak = 0;
    health->status = "healthy";
  } else if (!(in_start_period && health->status == "starting")) {
    ++health->failing_streak;
    if (health->failing_streak >= retries) health->status = "unhealthy";
  }
  health->log.push_back(std::move(record));
  if (health->log.size() > kKeptRecords) health->log.erase(health->log.begin());
}

HealthCheck::HealthCheck(std::optional<HealthConfig> config, Launch launch)
    : config_(std::move(config)), launch_(std::move(launch)) {
  if (!config_) return;
  health_.status = "starting";
  next_ = started_ + Interval();
}

HealthCheck::~HealthCheck() {
  if (!probe_) return;
  kill(probe_->pid, SIGKILL);
  waitpid(probe_->pid, nullptr, 0);
}

std::chrono::nanoseconds HealthCheck::Interval() const {
  const bool starting = health_.status == "starting" && config_->start_period > 0;
  return starting ? std::min(Or(config_->start_interval, 5), Or(config_->interval, 30))
                  : Or(config_->interval, 30);
}

int HealthCheck::Patience() const {
  if (!config_) return -1;
  const auto left = (probe_ ? deadline_ : next_) - Clock::now();
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 3'600'000));
}

void HealthCheck::Begin() {
  record_ = {};
  record_.start = NowNanoseconds();
  probe_ = launch_();
  deadline_ = Clock::now() + Or(config_->timeout, 30);
}

bool HealthCheck::Finish(std::int64_t exit_code) {
  probe_.reset();
  record_.end = NowNanoseconds();
  record_.exit_code = exit_code;
  const bool starting = Clock::now() - started_ < std::chrono::nanoseconds(config_->start_period);
  ApplyResult(*config_, std::move(record_), starting, &health_);
  next_ = Clock::now() + Interval();
  return true;
}

bool HealthCheck::Continue(bool readable) {
  if (!config_) return false;
  if (!probe_) {
    if (Clock::now() >= next_) Begin();
    return false;
  }
  if (readable) {
    std::array<char, 4096> buffer;
    const ssize_t size = read(probe_->output.get(), buffer.data(), buffer.size());
    if (size > 0) {
      record_.output.append(buffer.data(), static_cast<std::size_t>(size));
      if (record_.output.size() > kKeptOutput) record_.output.resize(kKeptOutput);
    } else if (size == 0 || errno != EINTR) {
      int status = 0;
      while (waitpid(probe_->pid, &status, 0) < 0 && errno == EINTR) {
      }
      return Finish(ExitStatus::FromWait(status).ShellCode());
    }
  }
  if (Clock::now() < deadline_) return false;
  kill(probe_->pid, SIGKILL);
  waitpid(probe_->pid, nullptr, 0);
  record_.output = "Health check exceeded timeout";
  return Finish(-1);
}

}  // namespace ibuild::containers
