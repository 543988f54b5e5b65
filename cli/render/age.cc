#include "cli/render/age.h"

#include <fmt/format.h>

#include <array>

namespace ibuild::cli {
namespace {

struct Unit {
  std::int64_t seconds;
  const char* name;
};
constexpr std::array kUnits = {Unit{365 * 86400, "year"}, Unit{30 * 86400, "month"},
                               Unit{7 * 86400, "week"},   Unit{86400, "day"},
                               Unit{3600, "hour"},        Unit{60, "minute"},
                               Unit{1, "second"}};

}  // namespace

std::string FormatAge(UnixTime then, UnixTime now) {
  const std::int64_t seconds = now.seconds - then.seconds;
  if (seconds < 1) return seconds < -60 ? "in the future" : "now";
  for (const Unit& unit : kUnits) {
    // Two of a unit at least, so that "90 minutes" does not become "1 hour".
    const std::int64_t count = seconds / unit.seconds;
    if (count >= 2 || (count == 1 && unit.seconds == 1)) {
      return fmt::format("{} {}{} ago", count, unit.name, count == 1 ? "" : "s");
    }
  }
  return "now";
}

std::string FormatAge(std::string_view then, UnixTime now) {
  const auto time = ParseRfc3339(then);
  return time ? FormatAge(*time, now) : "N/A";
}

std::string FormatTook(std::uint64_t milliseconds) {
  return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
}

}  // namespace ibuild::cli
