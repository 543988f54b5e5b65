#include "cli/render/quiet_reporter.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::cli {

void LogTail::Add(std::string_view bytes) {
  lines_.Add(bytes, [this](std::string_view line) { Keep(line); });
}

std::string LogTail::Render(std::string_view title) {
  lines_.Flush([this](std::string_view line) { Keep(line); });
  if (last_.empty()) return {};
  std::string text = fmt::format("------\n > {}:\n", PrintableText(title));
  for (const std::string& line : last_) text += line + "\n";
  return text += "------\n";
}

void LogTail::Keep(std::string_view line) {
  constexpr std::size_t kLines = 10;
  last_.push_back(PrintableText(line));
  if (last_.size() > kLines) last_.pop_front();
}

ActivityId QuietReporter::Begin(std::string_view title) {
  const std::lock_guard lock(mutex_);
  running_[++last_id_].title = title;
  return last_id_;
}

void QuietReporter::Output(ActivityId id, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  running_[id].tail.Add(bytes);
}

void QuietReporter::End(ActivityId id, ActivityState state, std::string_view /*detail*/) {
  const std::lock_guard lock(mutex_);
  Running& activity = running_[id];
  if (state == ActivityState::kFailed) output_(activity.tail.Render(activity.title));
  running_.erase(id);
}

void QuietReporter::Log(LogLevel level, std::string_view message) {
  if (level != LogLevel::kWarning) return;
  const std::lock_guard lock(mutex_);
  output_(fmt::format("{} {}\n", palette_.Yellow("warning:"), PrintableText(message)));
}

}  // namespace ibuild::cli
