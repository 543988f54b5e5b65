// How much of the build cache stays, and which of it goes first: the least recently used. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/clock.h"

namespace ibuild::layers {

struct CacheLimits {
  std::optional<std::int64_t> unused_seconds = {};  // what nobody used for so long goes
  std::optional<std::uint64_t> most_bytes = {};     // the cache is not to be larger
  std::optional<std::uint64_t> free_bytes = {};     // the disk is to have so much left
  std::uint64_t reserved_bytes = 0;                 // for their sake the cache never gets smaller

  bool IsEmpty() const { return !unused_seconds && !most_bytes && !free_bytes; }
};

struct CacheItem {
  std::string name;
  std::uint64_t bytes = 0;
  UnixTime used;
};

// Places in `items` of those that go. `free`: what the disk has left now.
std::vector<std::size_t> ChooseVictims(const std::vector<CacheItem>& items,
                                       const CacheLimits& limits, UnixTime now, std::uint64_t free);

// "max-used-space=20g,until=336h,reserved-space=2g,min-free-space=5g", as in IBUILD_PRUNE. Throws
// kUsage.
CacheLimits ParseCacheLimits(const std::string& text);
// "336h", "90m", "14d", "30s", "1h30m": seconds. Throws kUsage.
std::int64_t ParseAge(const std::string& text);

}  // namespace ibuild::layers
