#include "containers/model/status_text.h"

#include <fmt/format.h>

namespace ibuild::containers {

std::string HumanDuration(std::int64_t nanoseconds) {
  const std::int64_t seconds = nanoseconds / 1'000'000'000;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return fmt::format("{} seconds", seconds);
  const std::int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  const std::int64_t hours = (seconds + 1800) / 3600;
  if (hours == 1) return "About an hour";
  if (hours < 48) return fmt::format("{} hours", hours);
  if (hours < 24 * 7 * 2) return fmt::format("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return fmt::format("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return fmt::format("{} months", hours / 24 / 30);
  return fmt::format("{} years", hours / 24 / 365);
}

std::string DescribeState(const ContainerState& state, std::int64_t now) {
  switch (state.status) {
    case Status::kCreated:
      return "Created";
    case Status::kRunning: {
      std::string text = "Up " + HumanDuration(now - state.started);
      if (state.health.status == "starting") text += " (health: starting)";
      if (state.health.status == "healthy" || state.health.status == "unhealthy") {
        text += fmt::format(" ({})", state.health.status);
      }
      return text;
    }
    case Status::kPaused:
      return fmt::format("Up {} (Paused)", HumanDuration(now - state.started));
    case Status::kRestarting:
      return fmt::format("Restarting ({}) {} ago", state.exit_code,
                         HumanDuration(now - state.finished));
    case Status::kExited:
      return fmt::format("Exited ({}) {} ago{}", state.exit_code,
                         HumanDuration(now - state.finished),
                         state.oom_killed ? " (out of memory)" : "");
    case Status::kDead:
      return "Dead";
  }
  return {};
}

}  // namespace ibuild::containers
