#include "cli/containers/moment.h"

#include <fmt/format.h>

#include "containers/state/container_store.h"
#include "parser/syntax/duration.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

std::int64_t ParseMoment(const std::string& text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (const auto time = ParseRfc3339(text)) return time->seconds * kSecond + time->nanoseconds;
  if (const auto ago = parser::ParseDuration(text)) {
    return containers::NowNanoseconds() - ago->count();
  }
  const std::size_t dot = text.find('.');
  if (const auto seconds = ParseUnsigned(text.substr(0, dot))) {
    return static_cast<std::int64_t>(*seconds) * kSecond;
  }
  throw Error(ErrorKind::kUsage, fmt::format("{} is no time", Quote(text)))
      .WithHint("write it like `10m` or `2026-11-28T12:00:00Z`");
}

}  // namespace ibuild::cli
