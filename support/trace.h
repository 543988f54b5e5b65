// Where the time went: spans of work written as a Chrome trace (the "Trace Event Format", opened
// by chrome://tracing and ui.perfetto.dev).
//
// A Trace is passed to whoever works; one that is off costs a branch per span. Spans may be
// recorded from any thread. The file is written whole by Write(), which throws on failure.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild {

class Trace {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Mode { kOff, kOn };

  explicit Trace(Mode mode) : on_(mode == Mode::kOn), start_(Clock::now()) {}
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  bool on() const { return on_; }
  void Record(std::string_view name, Clock::time_point begin, Clock::time_point end);
  void Write(const std::filesystem::path& path) const;

 private:
  struct Event {
    std::string name;
    std::chrono::microseconds begin;  // since start_
    std::chrono::microseconds length;
    int thread;
  };

  const bool on_;
  const Clock::time_point start_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

// The lifetime of this object is the span.
class TraceSpan {
 public:
  TraceSpan(Trace& trace, std::string_view name)
      : trace_(trace.on() ? &trace : nullptr),
        name_(trace_ != nullptr ? name : std::string_view()) {
    if (trace_ != nullptr) begin_ = Trace::Clock::now();
  }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;
  ~TraceSpan() {
    if (trace_ != nullptr) trace_->Record(name_, begin_, Trace::Clock::now());
  }

 private:
  Trace* trace_;
  std::string name_;
  Trace::Clock::time_point begin_;
};

}  // namespace ibuild
