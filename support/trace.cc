#include "support/trace.h"

#include <unistd.h>

#include "support/files.h"
#include "support/json.h"

namespace ibuild {

void Trace::Record(std::string_view name, Clock::time_point begin, Clock::time_point end) {
  if (!on_) return;
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const std::lock_guard lock(mutex_);
  events_.push_back({std::string(name), duration_cast<microseconds>(begin - start_),
                     duration_cast<microseconds>(end - begin), ::gettid()});
}

void Trace::Write(const std::filesystem::path& path) const {
  const std::lock_guard lock(mutex_);
  OrderedJson events = OrderedJson::array();
  for (const Event& event : events_) {
    // "X" is a complete event: begin and duration, in microseconds.
    events.push_back({{"name", event.name},
                      {"ph", "X"},
                      {"ts", event.begin.count()},
                      {"dur", event.length.count()},
                      {"pid", ::getpid()},
                      {"tid", event.thread}});
  }
  WriteFileAtomically(path, DumpJson(OrderedJson{{"traceEvents", std::move(events)}}));
}

}  // namespace ibuild
