#include "cli/render/tty_reporter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "support/text.h"

namespace ibuild::cli {
namespace {

// Lines of output shown below a running step.
constexpr std::size_t kTailLines = 5;
// Redrawing more often than this costs time and shows nothing more.
constexpr std::chrono::milliseconds kFrame{50};

}  // namespace

TerminalSize SizeOfTerminal() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

void TtyReporter::Hold() {
  const std::lock_guard lock(mutex_);
  if (live_lines_ != 0) output_(TakeAway());
  live_lines_ = 0;
  held_ = true;
}

void TtyReporter::Release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  Draw(std::exchange(held_back_, {}));
}

void TtyReporter::Finish() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  running_.clear();
  Draw(std::exchange(held_back_, {}));
}

ActivityId TtyReporter::Begin(std::string_view title) {
  const std::lock_guard lock(mutex_);
  Running& activity = running_[++last_id_];
  activity.title = PrintableText(title);
  activity.begin = now_();
  Draw("");
  return last_id_;
}

void TtyReporter::Advance(ActivityId id, std::uint64_t done, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  running_[id].done = done;
  running_[id].total = total;
  if (now_() - last_draw_ >= kFrame) Draw("");
}

void TtyReporter::Output(ActivityId id, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  running_[id].tail.Add(bytes);
  if (now_() - last_draw_ >= kFrame) Draw("");
}

void TtyReporter::Note(ActivityId id, std::string_view text) {
  Output(id, std::string(text) + "\n");
}

void TtyReporter::End(ActivityId id, ActivityState state, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  Running activity = std::move(running_[id]);
  running_.erase(id);
  std::string scrolled = EndLine(activity, state, detail);
  if (state == ActivityState::kFailed) scrolled += activity.tail.Render(activity.title);
  Draw(scrolled);
}

void TtyReporter::Log(LogLevel level, std::string_view message) {
  if (level < least_level_) return;
  const std::lock_guard lock(mutex_);
  const bool warning = level == LogLevel::kWarning;
  Draw((warning ? palette_.Yellow("warning: ") : "") + PrintableText(message) + "\n");
}

void TtyReporter::Redraw() {
  const std::lock_guard lock(mutex_);
  if (!running_.empty()) Draw("");
}

// Takes the live block away, lets `scrolled` go by, draws the block again: one write, so that the
// terminal never shows half of it.
void TtyReporter::Draw(const std::string& scrolled) {
  if (held_) {
    held_back_ += scrolled;
    return;
  }
  std::string frame;
  if (live_lines_ != 0) frame += TakeAway();
  frame += scrolled;
  frame += LiveBlock();
  if (!frame.empty()) output_(frame);
  last_draw_ = now_();
}

std::string TtyReporter::TakeAway() const { return fmt::format("\x1b[{}A\r\x1b[J", live_lines_); }

std::string TtyReporter::LiveBlock() {
  const TerminalSize size = size_();
  std::string block;
  live_lines_ = 0;
  // A block as high as the screen could not be taken away again.
  const std::size_t most = size.rows > 2 ? size.rows - 2 : 1;
  const auto add = [&](const std::string& line) {
    if (live_lines_ == most) return;
    block += line + "\n";
    ++live_lines_;
  };
  for (const auto& [id, activity] : running_) {
    std::string title = " => " + activity.title;
    if (activity.total != 0) {
      title +=
          fmt::format(" {} / {}", FormatByteSize(activity.done), FormatByteSize(activity.total));
    }
    const std::string seconds = fmt::format(" {:.1f}s", SecondsSince(activity.begin));
    title = Cut(std::move(title), size.columns - std::min(size.columns, seconds.size() + 1));
    add(title + palette_.Faint(seconds));
    const auto& lines = activity.tail.lines();
    const std::size_t shown = std::min(lines.size(), kTailLines);
    for (auto line = lines.end() - static_cast<std::ptrdiff_t>(shown); line != lines.end();
         ++line) {
      add(palette_.Faint(Cut(" => => " + *line, size.columns - 1)));
    }
  }
  return block;
}

std::string TtyReporter::EndLine(const Running& activity, ActivityState state,
                                 std::string_view detail) const {
  const std::string seconds = fmt::format(" {:.1f}s", SecondsSince(activity.begin));
  std::string title = activity.title;
  if (!detail.empty()) title += " " + PrintableText(detail);
  switch (state) {
    case ActivityState::kDone:
      return " " + title + palette_.Faint(seconds) + "\n";
    case ActivityState::kCached:
      return " " + palette_.Blue("CACHED") + " " + title + "\n";
    case ActivityState::kCancelled:
      return " " + palette_.Yellow("CANCELED") + " " + title + "\n";
    case ActivityState::kFailed:
      break;
  }
  return " " + palette_.Red("FAILED") + " " + title + palette_.Faint(seconds) + "\n";
}

double TtyReporter::SecondsSince(Clock::time_point begin) const {
  return std::chrono::duration<double>(now_() - begin).count();
}

// To at most so many columns, at a boundary of characters.
std::string TtyReporter::Cut(std::string text, std::size_t columns) const {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
    if (!continues && ++seen > columns) {
      text.resize(i);
      break;
    }
    if (text[i] == '\t' || text[i] == '\n') text[i] = ' ';
  }
  return text;
}

}  // namespace ibuild::cli
