// Which of many patterns match a path, without trying each: most patterns hold a name that the path
// must have too, and paths are cut into names anyway. What thousands of files meet dozens of
// patterns with (ignore_file.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parser/pattern/path_pattern.h"

namespace ibuild::parser {

class RuleIndex {
 public:
  void Add(PathPattern pattern);  // its number is how many came before it

  // The last pattern that matches `path` or one of its parents.
  std::optional<std::size_t> LastMatch(const PathElements& path) const;

  const PathPattern& pattern(std::size_t number) const { return patterns_[number]; }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  struct Entry {
    std::size_t number;
    NeededName::Where where;
    std::size_t position;
  };
  using Candidate = std::optional<std::size_t>;

  static std::uint64_t MaskOf(std::string_view name);
  void MatchNames(const PathElements& path, Candidate& last) const;

  std::vector<PathPattern> patterns_;
  std::unordered_map<std::string, std::vector<Entry>, NameHash, std::equal_to<>> by_name_;
  std::uint64_t masks_ = 0;          // of all names there: few others get past it
  std::vector<std::size_t> others_;  // patterns that need no certain name
};

}  // namespace ibuild::parser
