// Says nothing unless something goes wrong: warnings as they come, and of a step that fails its
// title and the last lines that it wrote.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "cli/render/log_lines.h"
#include "cli/render/output.h"
#include "cli/render/palette.h"
#include "support/report.h"

namespace ibuild::cli {

// The end of a step's output, for the moment when it fails:
//
//   ------
//    > [2/3] RUN echo hi; false:
//   hi
//   ------
class LogTail {
 public:
  void Add(std::string_view bytes);
  const std::deque<std::string>& lines() const { return last_; }  // ten at most
  std::string Render(std::string_view title);                     // empty when nothing was written

 private:
  void Keep(std::string_view line);

  LogLines lines_;
  std::deque<std::string> last_;
};

class QuietReporter final : public Reporter {
 public:
  QuietReporter(TextOutput output, Palette palette)
      : output_(std::move(output)), palette_(palette) {}

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId id, std::string_view bytes) override;
  void Note(ActivityId, std::string_view) override {}
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override;

 private:
  struct Running {
    std::string title;
    LogTail tail;
  };

  TextOutput output_;
  Palette palette_;
  std::mutex mutex_;
  std::map<ActivityId, Running> running_;
  ActivityId last_id_ = 0;
};

}  // namespace ibuild::cli
