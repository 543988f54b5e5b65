// Points in time as `logs`, `events` and --filter take them.
#pragma once

#include <cstdint>
#include <string>

namespace ibuild::cli {

// A time ("2026-11-28T12:00:00Z", seconds since 1970; without a zone, as in "2026-11-28" or
// "2026-11-28T12:00", that of this machine) or how long ago ("10m"), in nanoseconds since 1970.
// Throws kUsage.
std::int64_t ParseMoment(const std::string& text);

}  // namespace ibuild::cli
