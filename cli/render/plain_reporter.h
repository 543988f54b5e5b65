// Progress as lines, for logs and pipes, in the form that BuildKit's plain mode made familiar:
//
//   #5 [2/2] RUN echo hi
//   #5 0.060 hi
//   #5 DONE 0.2s
//
// An empty line separates activities. When another one speaks in between, the block ends with
// "#5 ..." and later begins with the title again. Output lines carry the seconds since their
// activity began.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "cli/render/log_lines.h"
#include "cli/render/output.h"
#include "cli/render/palette.h"
#include "support/report.h"

namespace ibuild::cli {

class PlainReporter final : public Reporter {
 public:
  using Clock = std::chrono::steady_clock;

  PlainReporter(TextOutput output, Palette palette, LogLevel least_level,
                std::function<Clock::time_point()> now = Clock::now)
      : output_(std::move(output)), palette_(palette), least_level_(least_level), now_(now) {}

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) override;
  void Output(ActivityId id, std::string_view bytes) override;
  void Note(ActivityId id, std::string_view text) override;
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override;

 private:
  struct Running {
    std::string title;
    Clock::time_point begin;
    LogLines lines;
    std::uint64_t total = 0;  // bytes, when the activity moves any
  };

  // All with mutex_ held.
  void Open(ActivityId id);
  void Line(ActivityId id, std::string_view text);
  void OutputLine(ActivityId id, const Running& activity, std::string_view text);
  double SecondsSince(Clock::time_point begin) const;

  TextOutput output_;
  Palette palette_;
  LogLevel least_level_;
  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::map<ActivityId, Running> running_;
  ActivityId last_id_ = 0;
  ActivityId current_ = 0;  // whose block is open; 0: none
  bool begun_ = false;      // something was written, so that a separating line makes sense
};

}  // namespace ibuild::cli
