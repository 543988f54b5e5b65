#include "support/clock.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <chrono>

#include "support/text.h"

namespace ibuild {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

struct CivilTime {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

// A cursor over fixed-width text: the first thing that does not fit spoils the rest.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : text_(text) {}

  unsigned Digits(std::size_t count) {
    const auto value = ParseUnsigned(text_.substr(0, count));
    if (text_.size() < count || !value) return Spoil();
    text_.remove_prefix(count);
    return static_cast<unsigned>(*value);
  }
  void Literal(std::string_view expected) {
    if (!text_.starts_with(expected)) {
      Spoil();
    } else {
      text_.remove_prefix(expected.size());
    }
  }
  std::string_view Take(std::size_t count) {
    const std::string_view taken = text_.substr(0, count);
    if (taken.size() < count) Spoil();
    text_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() const { return text_; }
  bool ok() const { return ok_; }

 private:
  unsigned Spoil() {
    ok_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool ok_ = true;
};

std::optional<std::int64_t> ToSeconds(const CivilTime& civil) {
  const std::chrono::year_month_day date{
      std::chrono::year(civil.year), std::chrono::month(civil.month), std::chrono::day(civil.day)};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  const std::int64_t day_count = sys_days(date).time_since_epoch().count();
  return day_count * 86400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
}

// ".5" -> 500'000'000; digits beyond nanoseconds are cut. Nothing when malformed.
std::optional<std::int32_t> ReadFraction(FieldReader& reader) {
  if (!reader.rest().starts_with('.')) return 0;
  reader.Literal(".");
  const std::size_t length =
      std::min(reader.rest().find_first_not_of("0123456789"), reader.rest().size());
  if (length == 0) return std::nullopt;
  std::string digits(reader.Take(length));
  digits.resize(9, '0');
  return static_cast<std::int32_t>(*ParseUnsigned(digits));
}

// "Z" or "+hh:mm" or "-hh:mm", to the end of the text: seconds east of UTC.
std::optional<std::int64_t> ReadZone(FieldReader& reader) {
  if (reader.rest() == "Z" || reader.rest() == "z") return 0;
  const std::string_view sign = reader.Take(1);
  const std::int64_t hours = reader.Digits(2);
  reader.Literal(":");
  const std::int64_t minutes = reader.Digits(2);
  if (!reader.ok() || !reader.rest().empty() || hours > 23 || minutes > 59) return std::nullopt;
  if (sign != "+" && sign != "-") return std::nullopt;
  const std::int64_t offset = hours * 3600 + minutes * 60;
  return sign == "-" ? -offset : offset;
}

std::optional<unsigned> MonthNumber(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return i + 1;
  }
  return std::nullopt;
}

std::string FormatFraction(std::int32_t nanoseconds) {
  if (nanoseconds == 0) return {};
  std::string digits = fmt::format(".{:09}", nanoseconds);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

void ReadTimeOfDay(FieldReader& reader, CivilTime& civil) {
  civil.hour = reader.Digits(2);
  reader.Literal(":");
  civil.minute = reader.Digits(2);
  reader.Literal(":");
  civil.second = reader.Digits(2);
}

}  // namespace

UnixTime Now() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);  // cannot fail for this clock
  return {now.tv_sec, static_cast<std::int32_t>(now.tv_nsec)};
}

std::string FormatRfc3339(UnixTime time) {
  const std::chrono::sys_seconds instant{std::chrono::seconds(time.seconds)};
  const auto midnight = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(instant - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     FormatFraction(time.nanoseconds));
}

std::optional<UnixTime> ParseRfc3339(std::string_view text) {
  FieldReader reader(text);
  CivilTime civil;
  civil.year = static_cast<int>(reader.Digits(4));
  reader.Literal("-");
  civil.month = reader.Digits(2);
  reader.Literal("-");
  civil.day = reader.Digits(2);
  const std::string_view separator = reader.Take(1);
  ReadTimeOfDay(reader, civil);
  if (!reader.ok() || (separator != "T" && separator != "t")) return std::nullopt;
  const auto fraction = ReadFraction(reader);
  const auto zone = ReadZone(reader);
  const auto seconds = ToSeconds(civil);
  if (!fraction || !zone || !seconds) return std::nullopt;
  return UnixTime{*seconds - *zone, *fraction};
}

std::optional<UnixTime> ParseHttpDate(std::string_view text) {
  FieldReader reader(text);
  CivilTime civil;
  reader.Take(3);  // the weekday adds nothing
  reader.Literal(", ");
  civil.day = reader.Digits(2);
  reader.Literal(" ");
  const auto month = MonthNumber(reader.Take(3));
  reader.Literal(" ");
  civil.year = static_cast<int>(reader.Digits(4));
  reader.Literal(" ");
  ReadTimeOfDay(reader, civil);
  if (!reader.ok() || !month || reader.rest() != " GMT") return std::nullopt;
  civil.month = *month;
  const auto seconds = ToSeconds(civil);
  if (!seconds) return std::nullopt;
  return UnixTime{*seconds, 0};
}

}  // namespace ibuild
