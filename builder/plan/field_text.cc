#include "builder/plan/field_text.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::builder {
namespace {

// 1500000 of unit 1000000 is "1.5".
std::string Decimal(std::int64_t value, std::int64_t unit) {
  std::string text = std::to_string(value / unit);
  std::string fraction = std::to_string(unit + value % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += "." + fraction;
  return text;
}

std::string BelowOneSecond(std::int64_t nanoseconds) {
  if (nanoseconds < 1'000) return fmt::format("{}ns", nanoseconds);
  if (nanoseconds < 1'000'000) return Decimal(nanoseconds, 1'000) + "µs";
  return Decimal(nanoseconds, 1'000'000) + "ms";
}

}  // namespace

std::string QuotedListText(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : " ") + Quote(text);
  return "[" + list + "]";
}

std::string ListText(const std::vector<std::string>& texts) { return "[" + Join(texts, " ") + "]"; }

std::string DurationText(std::chrono::nanoseconds duration) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  if (count < 0) return "-" + DurationText(-duration);
  if (count < kSecond) return BelowOneSecond(count);
  const std::int64_t minutes = count / kSecond / 60;
  std::string text = Decimal(count - minutes * 60 * kSecond, kSecond) + "s";
  if (minutes > 0) text = fmt::format("{}m{}", minutes % 60, text);
  if (minutes >= 60) text = fmt::format("{}h{}", minutes / 60, text);
  return text;
}

std::string HeredocSummary(std::string_view text) {
  text = Trim(text);
  const std::size_t end = text.find('\n');
  std::string summary(Trim(text.substr(0, end)));
  if (end != std::string_view::npos) summary += "...";
  return summary;
}

}  // namespace ibuild::builder
