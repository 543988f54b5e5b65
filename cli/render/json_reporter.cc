#include "cli/render/json_reporter.h"

#include "cli/render/activity_state.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      break;
  }
  return "warning";
}

std::string Line(const OrderedJson& event) { return DumpJson(event) + "\n"; }

}  // namespace

ActivityId JsonReporter::Begin(std::string_view title) {
  const std::lock_guard lock(mutex_);
  const ActivityId id = ++last_id_;
  output_(
      Line({{"event", "begin"}, {"id", id}, {"title", title}, {"time", FormatRfc3339(now_())}}));
  return id;
}

void JsonReporter::Advance(ActivityId id, std::uint64_t done, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  output_(Line({{"event", "progress"}, {"id", id}, {"done", done}, {"total", total}}));
}

void JsonReporter::Output(ActivityId id, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  output_(Line({{"event", "output"}, {"id", id}, {"text", bytes}}));
}

void JsonReporter::Note(ActivityId id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  output_(Line({{"event", "note"}, {"id", id}, {"text", text}}));
}

void JsonReporter::End(ActivityId id, ActivityState state, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  OrderedJson event = {{"event", "end"}, {"id", id}, {"state", NameOf(state)}};
  if (!detail.empty()) event["detail"] = detail;
  event["time"] = FormatRfc3339(now_());
  output_(Line(event));
}

void JsonReporter::Log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(mutex_);
  output_(Line({{"event", "log"}, {"level", NameOf(level)}, {"text", message}}));
}

}  // namespace ibuild::cli
