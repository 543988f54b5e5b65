#include "cli/render/rawjson_reporter.h"

#include <fmt/format.h>

#include "support/base64.h"
#include "support/json.h"

namespace ibuild::cli {

void RawJsonReporter::Write(const char* list, OrderedJson entry) {
  OrderedJson status = OrderedJson::object();
  status[list] = OrderedJson::array({std::move(entry)});
  output_(DumpJson(status, JsonStyle::kGo) + "\n");
}

OrderedJson RawJsonReporter::Describe(ActivityId id) const {
  const Vertex& vertex = vertices_.at(id);
  return {{"digest", vertex.digest}, {"name", vertex.name}, {"started", vertex.started}};
}

ActivityId RawJsonReporter::Begin(std::string_view title) {
  const std::lock_guard lock(mutex_);
  const ActivityId id = ++last_id_;
  vertices_[id] = {oci::Digest::OfText(fmt::format("{} {}", id, title)).ToString(),
                   std::string(title), FormatRfc3339(now_())};
  Write("vertexes", Describe(id));
  return id;
}

void RawJsonReporter::Advance(ActivityId id, std::uint64_t done, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  Write("statuses", {{"id", "transfer"},
                     {"vertex", vertices_.at(id).digest},
                     {"current", done},
                     {"total", total},
                     {"timestamp", FormatRfc3339(now_())}});
}

void RawJsonReporter::WriteLog(ActivityId id, int stream, std::string_view bytes) {
  Write("logs", {{"vertex", vertices_.at(id).digest},
                 {"stream", stream},
                 {"data", EncodeBase64(bytes)},
                 {"timestamp", FormatRfc3339(now_())}});
}

void RawJsonReporter::Output(ActivityId id, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  WriteLog(id, 1, bytes);
}

void RawJsonReporter::Note(ActivityId id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  WriteLog(id, 2, std::string(text) + "\n");
}

void RawJsonReporter::End(ActivityId id, ActivityState state, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  OrderedJson vertex = Describe(id);
  vertex["completed"] = FormatRfc3339(now_());
  if (state == ActivityState::kCached) vertex["cached"] = true;
  if (state == ActivityState::kFailed) vertex["error"] = detail.empty() ? "failed" : detail;
  if (state == ActivityState::kCancelled) vertex["error"] = "context canceled";
  Write("vertexes", std::move(vertex));
  vertices_.erase(id);
}

void RawJsonReporter::Log(LogLevel level, std::string_view message) {
  if (level != LogLevel::kWarning) return;
  const std::lock_guard lock(mutex_);
  Write("warnings", {{"level", 1}, {"short", EncodeBase64(message)}});
}

}  // namespace ibuild::cli
