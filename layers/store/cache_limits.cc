#include "layers/store/cache_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

std::uint64_t ParseBytes(const std::string& name, const std::string& text) {
  if (const auto bytes = ParseByteSize(text)) return *bytes;
  throw Error(ErrorKind::kUsage, fmt::format("{} is {}, not a number of bytes", name, Quote(text)))
      .WithHint("write it like 500m or 20g");
}

std::int64_t SecondsOf(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    default:
      return 0;
  }
}

}  // namespace

std::vector<std::size_t> ChooseVictims(const std::vector<CacheItem>& items,
                                       const CacheLimits& limits, UnixTime now,
                                       std::uint64_t free) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].used < items[b].used; });
  std::uint64_t total = 0;
  for (const CacheItem& item : items) total += item.bytes;
  std::vector<std::size_t> victims;
  for (const std::size_t place : order) {
    const CacheItem& item = items[place];
    const bool old =
        limits.unused_seconds && item.used.seconds + *limits.unused_seconds <= now.seconds;
    const bool too_much = (limits.most_bytes && total > *limits.most_bytes) ||
                          (limits.free_bytes && free < *limits.free_bytes);
    const bool reserved = total <= limits.reserved_bytes;
    if (!limits.IsEmpty() && !old && (!too_much || reserved)) continue;
    victims.push_back(place);
    total -= item.bytes;
    free += item.bytes;
  }
  return victims;
}

CacheLimits ParseCacheLimits(const std::string& text) {
  CacheLimits limits;
  for (const std::string_view part : Split(text, ',')) {
    const std::string field(Trim(part));
    if (field.empty()) continue;
    const std::size_t equals = field.find('=');
    const std::string key = field.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : field.substr(equals + 1);
    if (key == "until") {
      limits.unused_seconds = ParseAge(value);
    } else if (key == "max-used-space" || key == "keep-storage") {
      limits.most_bytes = ParseBytes(key, value);
    } else if (key == "min-free-space") {
      limits.free_bytes = ParseBytes(key, value);
    } else if (key == "reserved-space") {
      limits.reserved_bytes = ParseBytes(key, value);
    } else {
      throw Error(ErrorKind::kUsage, fmt::format("there is no limit {}", Quote(key)))
          .WithHint("until, max-used-space, reserved-space and min-free-space are known");
    }
  }
  return limits;
}

std::int64_t ParseAge(const std::string& text) {
  std::int64_t seconds = 0;
  std::string number;
  bool good = !text.empty();
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number += c;
      continue;
    }
    const auto value = ParseUnsigned(number);
    good = good && value && *value < 1'000'000'000 && SecondsOf(c) != 0;
    if (good) seconds += static_cast<std::int64_t>(*value) * SecondsOf(c);
    number.clear();
  }
  if (good && number.empty()) return seconds;
  throw Error(ErrorKind::kUsage, fmt::format("{} is no span of time", Quote(text)))
      .WithHint("write it like 24h, 90m or 14d");
}

}  // namespace ibuild::layers
