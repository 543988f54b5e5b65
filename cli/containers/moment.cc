#include "cli/containers/moment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>

#include "containers/state/container_store.h"
#include "parser/syntax/duration.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

namespace {

// "2026-11-28", "2026-11-28T12:00", "2026-11-28T12:00:30": in this machine's time zone.
std::optional<std::int64_t> ParseLocal(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* end = strptime(text.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') return mktime(&parts);
  }
  return std::nullopt;
}

// Of a time beyond what 64 bits hold (the year 2262): the last one.
std::int64_t InNanoseconds(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  return std::clamp(seconds, -kMost, kMost) * kSecond + nanoseconds;
}

}  // namespace

std::int64_t ParseMoment(const std::string& text) {
  if (const auto time = ParseRfc3339(text)) return InNanoseconds(time->seconds, time->nanoseconds);
  if (const auto local = ParseLocal(text)) return InNanoseconds(*local);
  if (const auto ago = parser::ParseDuration(text)) {
    return containers::NowNanoseconds() - ago->count();
  }
  const std::size_t dot = text.find('.');
  if (const auto seconds = ParseUnsigned(text.substr(0, dot))) {
    constexpr auto kLast = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return InNanoseconds(static_cast<std::int64_t>(std::min(*seconds, kLast)));
  }
  throw Error(ErrorKind::kUsage, fmt::format("{} is no time", Quote(text)))
      .WithHint("write it like `10m`, `2026-11-28` or `2026-11-28T12:00:00Z`");
}

}  // namespace ibuild::cli
