#include "parser/syntax/duration.h"

#include <array>
#include <cstddef>

#include "parser/syntax/chars.h"

namespace ibuild::parser {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longer names first, so that "ms" is not taken for "m".
constexpr std::array kUnits = {
    Unit{"ns", 1},   Unit{"us", 1e3}, Unit{"\u00B5s", 1e3}, Unit{"\u03BCs", 1e3},
    Unit{"ms", 1e6}, Unit{"s", 1e9},  Unit{"m", 60e9},      Unit{"h", 3600e9},
};

const Unit* TakeUnit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (text.starts_with(unit.name)) {
      text.remove_prefix(unit.name.size());
      return &unit;
    }
  }
  return nullptr;
}

// Decimal digits with at most one point among them.
std::optional<long double> TakeNumber(std::string_view& text) {
  long double value = 0;
  long double scale = 0;  // of the next digit after the point; 0 before it
  bool any_digit = false;
  while (!text.empty() && (IsDigit(text.front()) || (text.front() == '.' && scale == 0))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      scale = 0.1L;
      continue;
    }
    any_digit = true;
    const auto digit = static_cast<long double>(c - '0');
    value = scale == 0 ? value * 10 + digit : value + digit * scale;
    scale /= 10;
  }
  if (!any_digit) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  constexpr long double kLimit = 9.2e18L;  // below 2^63
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  long double total = 0;
  while (!text.empty()) {
    const std::optional<long double> number = TakeNumber(text);
    const Unit* unit = number ? TakeUnit(text) : nullptr;
    if (unit == nullptr) return std::nullopt;
    total += *number * static_cast<long double>(unit->nanoseconds);
    if (total > kLimit) return std::nullopt;
  }
  const auto count = static_cast<std::chrono::nanoseconds::rep>(total + 0.5L);
  return std::chrono::nanoseconds(negative ? -count : count);
}

}  // namespace ibuild::parser
