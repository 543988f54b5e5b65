#include "containers/model/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

struct Name {
  Status status;
  std::string_view text;
};

constexpr std::array kNames = {
    Name{Status::kCreated, "created"}, Name{Status::kRunning, "running"},
    Name{Status::kPaused, "paused"},   Name{Status::kRestarting, "restarting"},
    Name{Status::kExited, "exited"},   Name{Status::kDead, "dead"},
};

// Nothing: not allowed there.
std::optional<Status> Next(Status status, Event event) {
  const bool resting = status == Status::kCreated || status == Status::kExited;
  switch (event) {
    case Event::kStart:
      if (resting || status == Status::kRestarting) return Status::kRunning;
      break;
    case Event::kEnd:
      if (IsAlive(status) || status == Status::kRestarting) return Status::kExited;
      break;
    case Event::kPause:
      if (status == Status::kRunning) return Status::kPaused;
      break;
    case Event::kResume:
      if (status == Status::kPaused) return Status::kRunning;
      break;
    case Event::kAwaitRestart:
      if (status == Status::kRunning || status == Status::kExited) return Status::kRestarting;
      break;
    case Event::kBeginRemoval:
      if (resting || status == Status::kDead) return Status::kDead;
      break;
  }
  return std::nullopt;
}

Error Refusal(Status status, Event event, std::string_view name) {
  const auto invalid = [](std::string message) {
    return Error(ErrorKind::kInvalidInput, std::move(message));
  };
  switch (event) {
    case Event::kStart:
      if (status == Status::kPaused) {
        return invalid(fmt::format("container {} is paused", name))
            .WithHint(fmt::format("`ibuild unpause {}` lets it go on", name));
      }
      return invalid(fmt::format("container {} is {}", name, ToString(status)));
    case Event::kPause:
      if (status == Status::kPaused) {
        return invalid(fmt::format("container {} is already paused", name));
      }
      break;
    case Event::kResume:
      return invalid(fmt::format("container {} is not paused", name));
    case Event::kBeginRemoval:
      return invalid(fmt::format("container {} is {}", name, ToString(status)))
          .WithHint(
              fmt::format("stop it before (`ibuild stop {0}`), or use `ibuild rm -f {0}`", name));
    case Event::kEnd:
    case Event::kAwaitRestart:
      break;
  }
  return invalid(fmt::format("container {} is not running", name))
      .WithHint(fmt::format("`ibuild start {}` starts it", name));
}

}  // namespace

std::string_view ToString(Status status) {
  for (const Name& name : kNames) {
    if (name.status == status) return name.text;
  }
  return "dead";
}

Status ParseStatus(std::string_view text) {
  for (const Name& name : kNames) {
    if (name.text == text) return name.status;
  }
  throw Error(ErrorKind::kInvalidInput, fmt::format("{} is no state of a container", Quote(text)))
      .WithHint("states are created, running, paused, restarting, exited and dead");
}

bool IsAlive(Status status) { return status == Status::kRunning || status == Status::kPaused; }

Status After(Status status, Event event, std::string_view name) {
  const auto next = Next(status, event);
  if (!next) throw Refusal(status, event, name);
  return *next;
}

bool ShouldRestart(const RestartQuestion& question) {
  if (question.stop_asked) return false;
  if (question.policy == "always" || question.policy == "unless-stopped") return true;
  if (question.policy != "on-failure" || question.exit_code == 0) return false;
  return question.most == 0 || question.restarts < question.most;
}

std::int64_t RestartDelayMilliseconds(std::int64_t restarts) {
  constexpr std::int64_t kFirst = 100;
  constexpr std::int64_t kMost = 60'000;
  return std::min(kMost, kFirst << std::min<std::int64_t>(restarts, 10));
}

}  // namespace ibuild::containers
