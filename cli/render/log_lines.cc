#include "cli/render/log_lines.h"

#include <utility>

namespace ibuild::cli {
namespace {

// A program that writes without any line end must not fill the memory.
constexpr std::size_t kLongestLine = 64u << 10;

}  // namespace

void LogLines::Add(std::string_view bytes, const TakeLine& take) {
  for (const char c : bytes) {
    const bool second_half = after_return_ && c == '\n';
    after_return_ = c == '\r';
    if (second_half) continue;
    if (c == '\n' || c == '\r') {
      take(std::exchange(partial_, {}));
    } else {
      partial_ += c;
      if (partial_.size() >= kLongestLine) take(std::exchange(partial_, {}));
    }
  }
}

void LogLines::Flush(const TakeLine& take) {
  if (!partial_.empty()) take(std::exchange(partial_, {}));
}

}  // namespace ibuild::cli
