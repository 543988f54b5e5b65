#include <fmt/format.h>
#include <string.h>

#include <csignal>

#include "containers/engine/engine.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr std::uint64_t kLastSignal = 64;

// "RTMIN+3", "RTMAX-1"; 0: it is none.
int ParseRealTime(const std::string& name) {
  const bool low = name.starts_with("RTMIN");
  if (!low && !name.starts_with("RTMAX")) return 0;
  const std::string rest = name.substr(5);
  if (rest.empty()) return low ? SIGRTMIN : SIGRTMAX;
  const auto offset = ParseUnsigned(rest.substr(1));
  if (rest[0] != (low ? '+' : '-') || !offset || *offset > 30) return 0;
  return low ? SIGRTMIN + static_cast<int>(*offset) : SIGRTMAX - static_cast<int>(*offset);
}

}  // namespace

int ParseSignal(const std::string& text) {
  if (const auto number = ParseUnsigned(text); number && *number >= 1 && *number <= kLastSignal) {
    return static_cast<int>(*number);
  }
  std::string name = ToUpper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (const int real_time = ParseRealTime(name)) return real_time;
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* const known = sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  throw Error(ErrorKind::kUsage, fmt::format("Invalid signal: {}", PrintableText(text)))
      .WithHint("signal(7) lists them: TERM, KILL, HUP, …");
}

}  // namespace ibuild::containers
