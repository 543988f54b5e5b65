#include "parser/pattern/rule_index.h"

#include <functional>
#include <utility>

namespace ibuild::parser {

// One bit of 64, by what is cheap to see of a name.
std::uint64_t RuleIndex::MaskOf(std::string_view name) {
  const auto byte = [](char c) { return static_cast<unsigned char>(c); };
  const std::size_t look = name.size() * 7 + byte(name.front()) * 3U + byte(name.back());
  return std::uint64_t{1} << (look % 64);
}

void RuleIndex::Add(PathPattern pattern) {
  const std::size_t number = patterns_.size();
  if (const std::optional<NeededName> needed = pattern.FindNeededName()) {
    masks_ |= MaskOf(needed->name);
    by_name_[std::string(needed->name)].push_back({number, needed->where, needed->position});
  } else {
    others_.push_back(number);
  }
  patterns_.push_back(std::move(pattern));
}

void RuleIndex::MatchNames(const PathElements& path, Candidate& last) const {
  for (std::size_t at = 0; at < path.size(); ++at) {
    if ((masks_ & MaskOf(path[at])) == 0) continue;
    const auto found = by_name_.find(path[at]);
    if (found == by_name_.end()) continue;
    for (const Entry& entry : found->second) {
      if (last && entry.number < *last) continue;
      const bool matches =
          entry.where == NeededName::Where::kAnywhere ||
          (entry.position == at && patterns_[entry.number].MatchesPathOrParent(path));
      if (matches) last = entry.number;
    }
  }
}

std::optional<std::size_t> RuleIndex::LastMatch(const PathElements& path) const {
  Candidate last;
  if (masks_ != 0) MatchNames(path, last);
  for (auto number = others_.rbegin(); number != others_.rend(); ++number) {
    if (last && *number < *last) break;
    if (patterns_[*number].MatchesPathOrParent(path)) return *number;
  }
  return last;
}

}  // namespace ibuild::parser
