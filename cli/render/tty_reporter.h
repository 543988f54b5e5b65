// Progress on a terminal: what has ended scrolls by, what is running is redrawn below it, with the
// seconds it has taken, the bytes it has moved and the last lines that it wrote.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "cli/render/output.h"
#include "cli/render/palette.h"
#include "cli/render/quiet_reporter.h"
#include "support/report.h"

namespace ibuild::cli {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
TerminalSize SizeOfTerminal();  // of standard error

class TtyReporter final : public Reporter {
 public:
  using Clock = std::chrono::steady_clock;

  TtyReporter(TextOutput output, Palette palette, LogLevel least_level,
              std::function<TerminalSize()> size = SizeOfTerminal,
              std::function<Clock::time_point()> now = Clock::now)
      : output_(std::move(output)),
        palette_(palette),
        least_level_(least_level),
        size_(std::move(size)),
        now_(std::move(now)) {}
  ~TtyReporter() override { Finish(); }

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) override;
  void Output(ActivityId id, std::string_view bytes) override;
  void Note(ActivityId id, std::string_view text) override;
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override;

  void Redraw();  // to be called now and then, so that the seconds go by
  // Takes the live lines away and writes nothing until Release, which makes up for it.
  void Hold();
  void Release();
  void Finish();  // takes the live lines away; what is still running is forgotten

 private:
  struct Running {
    std::string title;
    Clock::time_point begin;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    LogTail tail;
  };

  // All with mutex_ held.
  void Draw(const std::string& scrolled);
  std::string TakeAway() const;
  std::string LiveBlock();
  std::string EndLine(const Running& activity, ActivityState state, std::string_view detail) const;
  double SecondsSince(Clock::time_point begin) const;
  std::string Cut(std::string text, std::size_t columns) const;

  TextOutput output_;
  Palette palette_;
  LogLevel least_level_;
  std::function<TerminalSize()> size_;
  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::map<ActivityId, Running> running_;
  ActivityId last_id_ = 0;
  std::size_t live_lines_ = 0;
  bool held_ = false;
  std::string held_back_;  // what would have gone by
  Clock::time_point last_draw_;
};

}  // namespace ibuild::cli
