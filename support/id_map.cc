#include "support/id_map.h"

#include <fmt/format.h>

#include <sstream>

#include "support/files.h"

namespace ibuild {
namespace {

constexpr const char* kEveryId = "0 0 4294967295\n";

}  // namespace

std::optional<std::uint32_t> IdMap::ToOutside(std::uint32_t inside) const {
  for (const IdRange& range : ranges_) {
    // Unsigned distance: an id below the range wraps around and is not less than the count.
    if (inside - range.inside < range.count) return range.outside + (inside - range.inside);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> IdMap::ToInside(std::uint32_t outside) const {
  for (const IdRange& range : ranges_) {
    if (outside - range.outside < range.count) return range.inside + (outside - range.outside);
  }
  return std::nullopt;
}

std::uint64_t IdMap::Count() const {
  std::uint64_t total = 0;
  for (const IdRange& range : ranges_) total += range.count;
  return total;
}

std::string IdMap::ToProcFormat() const {
  std::string text;
  for (const IdRange& range : ranges_) {
    text += fmt::format("{} {} {}\n", range.inside, range.outside, range.count);
  }
  return text;
}

IdMap ReadIdMap(const char* file) {
  std::istringstream lines(ReadFileIfExists(file, 64U << 10).value_or(kEveryId));
  std::vector<IdRange> ranges;
  for (IdRange range; lines >> range.inside >> range.outside >> range.count;) {
    ranges.push_back(range);
  }
  return IdMap(std::move(ranges));
}

bool InUserNamespace() { return ReadIdMap("/proc/self/uid_map").ToProcFormat() != kEveryId; }

}  // namespace ibuild
