// Progress for programs: one JSON object per line.
//
//   {"event":"begin","id":1,"title":"[2/2] RUN echo hi","time":"2026-11-23T04:42:03.1Z"}
//   {"event":"progress","id":1,"done":512,"total":1024}
//   {"event":"output","id":1,"text":"hi\n"}
//   {"event":"note","id":1,"text":"…"}
//   {"event":"end","id":1,"state":"done","time":"…"}     done, cached, cancelled, failed; "detail"
//   {"event":"log","level":"warning","text":"…"}         debug, info, warning
//
// Bytes that are not UTF-8 arrive as U+FFFD.
#pragma once

#include <functional>
#include <mutex>

#include "cli/render/output.h"
#include "support/clock.h"
#include "support/report.h"

namespace ibuild::cli {

class JsonReporter final : public Reporter {
 public:
  explicit JsonReporter(TextOutput output, std::function<UnixTime()> now = Now)
      : output_(std::move(output)), now_(std::move(now)) {}

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) override;
  void Output(ActivityId id, std::string_view bytes) override;
  void Note(ActivityId id, std::string_view text) override;
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override;

 private:
  TextOutput output_;
  std::function<UnixTime()> now_;
  std::mutex mutex_;
  ActivityId last_id_ = 0;
};

}  // namespace ibuild::cli
