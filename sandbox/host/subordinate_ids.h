// The ranges of subordinate ids that /etc/subuid and /etc/subgid give to a user (subuid(5)). Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/id_map.h"

namespace ibuild::builder {

struct SubordinateRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend bool operator==(const SubordinateRange&, const SubordinateRange&) = default;
};

// The user's lines, by name or by number, in order. Malformed lines are passed over.
std::vector<SubordinateRange> ParseSubordinateRanges(std::string_view file, std::string_view name,
                                                     std::uint32_t id);

// The own id as 0, then the ranges from 1 on, 65535 ids in all: the ids that images use.
IdMap MakeIdMap(std::uint32_t own_id, const std::vector<SubordinateRange>& ranges);

// How many ids, besides the own one, it takes for every id that images use.
inline constexpr std::uint64_t kNeededIds = 65535;

}  // namespace ibuild::builder
