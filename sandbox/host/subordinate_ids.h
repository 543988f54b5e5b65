// Who has which subordinate ids by /etc/subuid and /etc/subgid (subuid(5)), and whether they are
// his alone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/id_map.h"

namespace ibuild::builder {

struct SubordinateRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend bool operator==(const SubordinateRange&, const SubordinateRange&) = default;
};

// Ids and whose they are: an account's own, or a range that a line grants.
struct OwnedIds {
  std::string owner;  // a name, or a number as it is written
  SubordinateRange range;

  friend bool operator==(const OwnedIds&, const OwnedIds&) = default;
};

// The lines of /etc/subuid or /etc/subgid. Malformed lines are passed over, here and below.
std::vector<OwnedIds> ParseGrants(std::string_view file);
// The accounts of /etc/passwd or /etc/group.
std::vector<OwnedIds> ParseAccounts(std::string_view file);

// A user, who may stand in a file by name or by number.
struct IdUser {
  std::string name;
  std::uint32_t id = 0;

  bool Is(std::string_view owner) const { return owner == name || owner == std::to_string(id); }
};

// The user's ranges, in order.
std::vector<SubordinateRange> RangesOf(const IdUser& user, const std::vector<OwnedIds>& grants);

// The first of `taken` that is somebody else's although `map` uses it: through a range that two
// have, one reads and writes the files of the other.
std::optional<OwnedIds> FindOverlap(const IdMap& map, const IdUser& user,
                                    const std::vector<OwnedIds>& taken);

// 65536 ids that nobody has; nothing when there are none left.
std::optional<SubordinateRange> FindFreeRange(const std::vector<OwnedIds>& taken);

// The own id as 0, then the ranges from 1 on, 65535 ids in all: the ids that images use.
IdMap MakeIdMap(std::uint32_t own_id, const std::vector<SubordinateRange>& ranges);

// How many ids, besides the own one, it takes for every id that images use.
inline constexpr std::uint64_t kNeededIds = 65535;

}  // namespace ibuild::builder
