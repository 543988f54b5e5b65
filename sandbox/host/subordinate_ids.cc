#include "sandbox/host/subordinate_ids.h"

#include <algorithm>
#include <limits>

#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint32_t>::max();

std::uint64_t EndOf(const SubordinateRange& range) {
  return std::uint64_t{range.first} + range.count;
}

bool Overlap(const SubordinateRange& a, const SubordinateRange& b) {
  return a.first < EndOf(b) && b.first < EndOf(a);
}

}  // namespace

std::vector<OwnedIds> ParseGrants(std::string_view file) {
  std::vector<OwnedIds> grants;
  for (std::string_view line : Split(file, '\n')) {
    const std::vector<std::string_view> fields = Split(Trim(line), ':');
    if (fields.size() != 3) continue;
    const auto first = ParseUnsigned(fields[1]);
    const auto count = ParseUnsigned(fields[2]);
    if (!first || !count || *count == 0 || *first > kMaxId || *count > kMaxId - *first) continue;
    grants.push_back(
        {.owner = std::string(fields[0]),
         .range = {static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*count)}});
  }
  return grants;
}

std::vector<OwnedIds> ParseAccounts(std::string_view file) {
  std::vector<OwnedIds> accounts;
  for (std::string_view line : Split(file, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ':');
    const auto id = fields.size() < 3 ? std::nullopt : ParseUnsigned(fields[2]);
    if (!id || *id > kMaxId) continue;
    accounts.push_back(
        {.owner = std::string(fields[0]), .range = {static_cast<std::uint32_t>(*id), 1}});
  }
  return accounts;
}

std::vector<SubordinateRange> RangesOf(const IdUser& user, const std::vector<OwnedIds>& grants) {
  std::vector<SubordinateRange> ranges;
  for (const OwnedIds& grant : grants) {
    if (user.Is(grant.owner)) ranges.push_back(grant.range);
  }
  return ranges;
}

std::optional<OwnedIds> FindOverlap(const IdMap& map, const IdUser& user,
                                    const std::vector<OwnedIds>& taken) {
  for (const OwnedIds& ids : taken) {
    if (user.Is(ids.owner)) continue;
    for (const IdRange& used : map.ranges()) {
      const bool own_id = used.inside == 0;
      if (!own_id && Overlap({used.outside, used.count}, ids.range)) return ids;
    }
  }
  return std::nullopt;
}

std::optional<SubordinateRange> FindFreeRange(const std::vector<OwnedIds>& taken) {
  constexpr std::uint32_t kFirst = 100'000;  // where useradd(8) begins
  constexpr std::uint32_t kCount = 65'536;
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 31;  // some programs take ids for signed
  std::vector<SubordinateRange> ranges;
  for (const OwnedIds& ids : taken) ranges.push_back(ids.range);
  std::ranges::sort(ranges, {}, &SubordinateRange::first);
  std::uint64_t candidate = kFirst;
  for (const SubordinateRange& range : ranges) {
    if (range.first >= candidate + kCount) break;
    candidate = std::max(candidate, EndOf(range));
  }
  if (candidate + kCount > kEnd) return std::nullopt;
  return SubordinateRange{static_cast<std::uint32_t>(candidate), kCount};
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
