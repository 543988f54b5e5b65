// TracingReporter: passes on all that it is told, and records every piece of work as a span: so a
// trace has what the screen has, and no code says both.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "support/report.h"
#include "support/trace.h"

namespace ibuild::cli {

class TracingReporter final : public Reporter {
 public:
  // The trace must outlive it.
  TracingReporter(std::unique_ptr<Reporter> inner, Trace& trace)
      : inner_(std::move(inner)), trace_(trace) {}

  ActivityId Begin(std::string_view title) override;
  void Advance(ActivityId id, std::uint64_t done, std::uint64_t total) override;
  void Output(ActivityId id, std::string_view bytes) override { inner_->Output(id, bytes); }
  void Note(ActivityId id, std::string_view text) override { inner_->Note(id, text); }
  void Measure(ActivityId id, std::string_view name, std::int64_t value) override;
  void End(ActivityId id, ActivityState state, std::string_view detail) override;
  void Log(LogLevel level, std::string_view message) override { inner_->Log(level, message); }

 private:
  struct Running {
    Span span;
    Trace::Clock::time_point begin;
  };

  void Keep(ActivityId id, std::string_view name, std::int64_t value);

  std::unique_ptr<Reporter> inner_;
  Trace& trace_;
  std::mutex mutex_;
  std::unordered_map<ActivityId, Running> running_;
};

}  // namespace ibuild::cli
