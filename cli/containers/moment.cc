#include "cli/containers/moment.h"

#include <fmt/format.h>

#include <ctime>
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

}  // namespace

std::int64_t ParseMoment(const std::string& text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (const auto time = ParseRfc3339(text)) return time->seconds * kSecond + time->nanoseconds;
  if (const auto local = ParseLocal(text)) return *local * kSecond;
  if (const auto ago = parser::ParseDuration(text)) {
    return containers::NowNanoseconds() - ago->count();
  }
  const std::size_t dot = text.find('.');
  if (const auto seconds = ParseUnsigned(text.substr(0, dot))) {
    return static_cast<std::int64_t>(*seconds) * kSecond;
  }
  throw Error(ErrorKind::kUsage, fmt::format("{} is no time", Quote(text)))
      .WithHint("write it like `10m`, `2026-11-28` or `2026-11-28T12:00:00Z`");
}

}  // namespace ibuild::cli
