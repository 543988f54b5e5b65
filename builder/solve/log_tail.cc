#include "builder/solve/log_tail.h"

#include <fmt/format.h>

namespace ibuild::builder {
namespace {

constexpr std::size_t kLines = 10;
constexpr std::size_t kLineLimit = 4096;  // bytes; the rest of a longer line is left out

}  // namespace

void LogTail::Add(std::string_view bytes, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  for (const char c : bytes) {
    if (c == '\n') {
      EndLine();
      continue;
    }
    if (open_.empty()) open_ = fmt::format("{:.3f} ", seconds);
    if (open_.size() < kLineLimit) open_ += c;
  }
}

void LogTail::EndLine() {
  lines_.push_back(std::move(open_));
  open_.clear();
  if (lines_.size() > kLines) lines_.pop_front();
}

std::string LogTail::Render(std::string_view title) const {
  if (lines_.empty() && open_.empty()) return {};
  std::string text = fmt::format("------\n > {}:\n", title);
  const bool has_open = !open_.empty();
  const std::size_t skip = has_open && lines_.size() == kLines ? 1 : 0;
  for (std::size_t i = skip; i < lines_.size(); ++i) text += lines_[i] + "\n";
  if (has_open) text += open_ + "\n";
  return text + "------";
}

}  // namespace ibuild::builder
