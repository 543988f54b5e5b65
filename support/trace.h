// Where the time went: spans of work, for the Chrome trace of --trace ("Trace Event Format", opened
// by chrome://tracing and ui.perfetto.dev) and for collectors (cli/tracing).
//
// A Trace is passed to whoever works; one that is off costs a branch per span. Spans may be
// recorded from any thread. The file is written whole by Write(), which throws on failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "support/report.h"

namespace ibuild {

struct Span {
  std::string name;
  std::chrono::nanoseconds begin{0};  // since the trace began
  std::chrono::nanoseconds length{0};
  ActivityState state = ActivityState::kDone;
  std::string problem = {};                          // of one that failed: one line
  std::map<std::string, std::int64_t> numbers = {};  // "exit_code", "bytes", …
  std::map<std::string, std::string> texts = {};
};

class Trace {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Mode { kOff, kOn };

  explicit Trace(Mode mode) : on_(mode == Mode::kOn), start_(Clock::now()) {}
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  bool on() const { return on_; }
  Clock::time_point start() const { return start_; }
  // The times of `span` are set from `begin` and `end`.
  void Record(Span span, Clock::time_point begin, Clock::time_point end);
  std::vector<Span> spans() const;  // in the order in which they ended
  void Write(const std::filesystem::path& path) const;

 private:
  const bool on_;
  const Clock::time_point start_;
  mutable std::mutex mutex_;
  std::vector<Span> spans_;
};

// The lifetime of this object is the span.
class TraceSpan {
 public:
  TraceSpan(Trace& trace, std::string_view name) : trace_(trace.on() ? &trace : nullptr) {
    if (trace_ == nullptr) return;
    span_.name = name;
    begin_ = Trace::Clock::now();
  }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;
  ~TraceSpan() {
    if (trace_ != nullptr) trace_->Record(std::move(span_), begin_, Trace::Clock::now());
  }

 private:
  Trace* trace_;
  Span span_;
  Trace::Clock::time_point begin_;
};

}  // namespace ibuild
