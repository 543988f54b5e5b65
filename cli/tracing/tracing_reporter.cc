#include "cli/tracing/tracing_reporter.h"

#include <utility>

namespace ibuild::cli {

ActivityId TracingReporter::Begin(std::string_view title) {
  const auto begin = Trace::Clock::now();
  const ActivityId id = inner_->Begin(title);
  const std::lock_guard lock(mutex_);
  Running& running = running_[id];
  running.span.name = title;
  running.begin = begin;
  return id;
}

void TracingReporter::Keep(ActivityId id, std::string_view name, std::int64_t value) {
  const std::lock_guard lock(mutex_);
  if (const auto running = running_.find(id); running != running_.end()) {
    running->second.span.numbers.insert_or_assign(std::string(name), value);
  }
}

void TracingReporter::Advance(ActivityId id, std::uint64_t done, std::uint64_t total) {
  inner_->Advance(id, done, total);
  Keep(id, "bytes", static_cast<std::int64_t>(done));
}

void TracingReporter::Measure(ActivityId id, std::string_view name, std::int64_t value) {
  inner_->Measure(id, name, value);
  Keep(id, name, value);
}

void TracingReporter::End(ActivityId id, ActivityState state, std::string_view detail) {
  inner_->End(id, state, detail);
  Running ended;
  {
    const std::lock_guard lock(mutex_);
    const auto running = running_.find(id);
    if (running == running_.end()) return;
    ended = std::move(running->second);
    running_.erase(running);
  }
  ended.span.state = state;
  // What follows the first line is the step's own output.
  if (state == ActivityState::kFailed) ended.span.problem = detail.substr(0, detail.find('\n'));
  trace_.Record(std::move(ended.span), ended.begin, Trace::Clock::now());
}

}  // namespace ibuild::cli
