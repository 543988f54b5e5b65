// The life of a container: its states, and what may happen in each. Pure.
//
//   created --start--> running --end--> exited --start--> running …
//                      running <--> paused
//                      running --end, policy--> restarting --start--> running
//   created, exited, dead --remove--> gone; a removal that was cut short leaves `dead`
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ibuild::containers {

enum class Status { kCreated, kRunning, kPaused, kRestarting, kExited, kDead };

enum class Event { kStart, kEnd, kPause, kResume, kAwaitRestart, kBeginRemoval };

std::string_view ToString(Status status);   // "created", as Docker writes it
Status ParseStatus(std::string_view text);  // throws kInvalidInput

// Whether there is a process.
bool IsAlive(Status status);

// Throws kInvalidInput in Docker's words ("container X is not running") with what would help.
Status After(Status status, Event event, std::string_view name);

struct RestartQuestion {
  std::string_view policy;  // "no", "on-failure", "always", "unless-stopped"
  std::int64_t most = 0;    // of on-failure; 0: no limit
  std::int64_t restarts = 0;
  std::int64_t exit_code = 0;
  bool stop_asked = false;
};
bool ShouldRestart(const RestartQuestion& question);

// How long to wait before the restart of this number: 100 ms, doubled each time up to a minute.
std::int64_t RestartDelayMilliseconds(std::int64_t restarts);

}  // namespace ibuild::containers
