#include "cli/render/plain_reporter.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::cli {

ActivityId PlainReporter::Begin(std::string_view title) {
  const std::lock_guard lock(mutex_);
  const ActivityId id = ++last_id_;
  Running& activity = running_[id];
  activity.title = PrintableText(title);
  activity.begin = now_();
  // In the middle of another one's block the title waits for the first line about it, so that
  // activities that run side by side do not chop each other up.
  if (current_ == 0) Open(id);
  return id;
}

void PlainReporter::Advance(ActivityId id, std::uint64_t /*done*/, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  running_[id].total = total;
}

void PlainReporter::Output(ActivityId id, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Running& activity = running_[id];
  activity.lines.Add(bytes, [&](std::string_view line) { OutputLine(id, activity, line); });
}

void PlainReporter::Note(ActivityId id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Line(id, PrintableText(text));
}

void PlainReporter::End(ActivityId id, ActivityState state, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  Running& activity = running_[id];
  activity.lines.Flush([&](std::string_view line) { OutputLine(id, activity, line); });
  if (!detail.empty()) Line(id, PrintableText(detail));
  const double seconds = SecondsSince(activity.begin);
  switch (state) {
    case ActivityState::kDone:
      if (activity.total != 0) {
        Line(id, fmt::format("{} in {:.1f}s", FormatByteSize(activity.total), seconds));
      }
      Line(id, palette_.Faint(fmt::format("DONE {:.1f}s", seconds)));
      break;
    case ActivityState::kCached:
      Line(id, palette_.Blue("CACHED"));
      break;
    case ActivityState::kCancelled:
      Line(id, palette_.Yellow("CANCELED"));
      break;
    case ActivityState::kFailed:
      Line(id, palette_.Red(fmt::format("FAILED {:.1f}s", seconds)));
      break;
  }
  running_.erase(id);
  current_ = 0;
}

void PlainReporter::Log(LogLevel level, std::string_view message) {
  if (level < least_level_) return;
  const std::lock_guard lock(mutex_);
  const std::string text = PrintableText(message);
  if (level == LogLevel::kWarning) {
    output_(fmt::format("{} {}\n", palette_.Yellow("warning:"), text));
  } else {
    output_(level == LogLevel::kDebug ? palette_.Faint(text) + "\n" : text + "\n");
  }
}

void PlainReporter::Open(ActivityId id) {
  std::string heading;
  if (current_ != 0) heading += fmt::format("#{} ...\n", current_);
  if (begun_) heading += "\n";
  output_(heading + palette_.Bold(fmt::format("#{} {}", id, running_[id].title)) + "\n");
  current_ = id;
  begun_ = true;
}

void PlainReporter::Line(ActivityId id, std::string_view text) {
  if (current_ != id) Open(id);
  output_(fmt::format("#{} {}\n", id, text));
}

void PlainReporter::OutputLine(ActivityId id, const Running& activity, std::string_view text) {
  Line(id, fmt::format("{:.3f} {}", SecondsSince(activity.begin), PrintableText(text)));
}

double PlainReporter::SecondsSince(Clock::time_point begin) const {
  return std::chrono::duration<double>(now_() - begin).count();
}

}  // namespace ibuild::cli
