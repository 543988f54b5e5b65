#include "sandbox/host/subordinate_ids.h"

#include <algorithm>
#include <limits>
#include <string>

#include "support/text.h"

namespace ibuild::builder {

std::vector<SubordinateRange> ParseSubordinateRanges(std::string_view file, std::string_view name,
                                                     std::uint32_t id) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  const std::string number = std::to_string(id);
  std::vector<SubordinateRange> ranges;
  for (std::string_view line : Split(file, '\n')) {
    const std::vector<std::string_view> fields = Split(Trim(line), ':');
    if (fields.size() != 3 || (fields[0] != name && fields[0] != number)) continue;
    const auto first = ParseUnsigned(fields[1]);
    const auto count = ParseUnsigned(fields[2]);
    if (!first || !count || *count == 0 || *first > kMax || *count > kMax - *first) continue;
    ranges.push_back({static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*count)});
  }
  return ranges;
}

IdMap MakeIdMap(std::uint32_t own_id, const std::vector<SubordinateRange>& ranges) {
  std::vector<IdRange> map = {{.inside = 0, .outside = own_id, .count = 1}};
  std::uint32_t next = 1;
  for (const SubordinateRange& range : ranges) {
    const auto left = static_cast<std::uint32_t>(kNeededIds + 1 - next);
    const std::uint32_t count = std::min(range.count, left);
    if (count == 0) break;
    map.push_back({.inside = next, .outside = range.first, .count = count});
    next += count;
  }
  return IdMap(std::move(map));
}

}  // namespace ibuild::builder
