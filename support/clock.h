// Time as ibuild writes it: whole seconds and nanoseconds since 1970-01-01 UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild {

struct UnixTime {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;  // 0 … 999'999'999

  friend auto operator<=>(const UnixTime&, const UnixTime&) = default;
};

UnixTime Now();

// RFC 3339 in UTC, the fraction without trailing zeros and left out when zero
// ("2026-11-23T04:42:03.114064435Z"), as Go prints time.RFC3339Nano.
std::string FormatRfc3339(UnixTime time);
std::optional<UnixTime> ParseRfc3339(std::string_view text);
// "Mon, 23 Nov 2026 04:42:03 GMT" (RFC 9110 HTTP-date, the fixed form).
std::optional<UnixTime> ParseHttpDate(std::string_view text);

}  // namespace ibuild
