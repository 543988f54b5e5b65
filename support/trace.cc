#include "support/trace.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "support/files.h"
#include "support/json.h"

namespace ibuild {
namespace {

// A row for each span, so that what overlaps stands side by side: viewers draw a row as a stack of
// calls, and steps that are begun by one thread are none.
std::vector<std::size_t> RowsOf(const std::vector<Span>& spans) {
  std::vector<std::size_t> order(spans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return spans[a].begin != spans[b].begin ? spans[a].begin < spans[b].begin
                                            : spans[a].length > spans[b].length;
  });
  std::vector<std::size_t> rows(spans.size());
  std::vector<std::chrono::nanoseconds> ends;  // of the last span in each row
  for (const std::size_t place : order) {
    const Span& span = spans[place];
    const auto free = std::find_if(ends.begin(), ends.end(),
                                   [&](std::chrono::nanoseconds end) { return end <= span.begin; });
    rows[place] = static_cast<std::size_t>(free - ends.begin());
    if (free == ends.end()) ends.emplace_back();
    ends[rows[place]] = span.begin + span.length;
  }
  return rows;
}

}  // namespace

void Trace::Record(Span span, Clock::time_point begin, Clock::time_point end) {
  if (!on_) return;
  span.begin = begin - start_;
  span.length = end - begin;
  const std::lock_guard lock(mutex_);
  spans_.push_back(std::move(span));
}

std::vector<Span> Trace::spans() const {
  const std::lock_guard lock(mutex_);
  return spans_;
}

void Trace::Write(const std::filesystem::path& path) const {
  using Microseconds = std::chrono::microseconds;
  const std::vector<Span> spans = this->spans();
  const std::vector<std::size_t> rows = RowsOf(spans);
  OrderedJson events = OrderedJson::array();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    // "X" is a complete event: begin and duration, in microseconds.
    events.push_back({{"name", spans[i].name},
                      {"ph", "X"},
                      {"ts", std::chrono::duration_cast<Microseconds>(spans[i].begin).count()},
                      {"dur", std::chrono::duration_cast<Microseconds>(spans[i].length).count()},
                      {"pid", ::getpid()},
                      {"tid", rows[i] + 1}});
    OrderedJson more = OrderedJson::object();
    if (spans[i].state == ActivityState::kCached) more["cached"] = true;
    if (!spans[i].problem.empty()) more["problem"] = spans[i].problem;
    for (const auto& [name, number] : spans[i].numbers) more[name] = number;
    for (const auto& [name, text] : spans[i].texts) more[name] = text;
    if (!more.empty()) events.back()["args"] = std::move(more);
  }
  WriteFileAtomically(path, DumpJson(OrderedJson{{"traceEvents", std::move(events)}}));
}

}  // namespace ibuild
