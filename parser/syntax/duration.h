// Durations as HEALTHCHECK takes them: "30s", "1m30s", "1.5h", "250ms" (Go's time.ParseDuration).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ibuild::parser {

// Nothing for malformed text or a duration over 292 years. "0" needs no unit; a sign may precede.
std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text);

}  // namespace ibuild::parser
