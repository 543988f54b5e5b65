// The patterns of ${name#pattern} and its relatives: `*` is any text, `?` any one character, and
// `\*` `\?` `\\` `\/` `\}` are those characters themselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

enum class MatchLength { kShortest, kLongest };

class ShellPattern {
 public:
  // Throws Error(kInvalidInput) `invalid pattern (a\b) in substitution: invalid escape '\b'`.
  explicit ShellPattern(std::string_view pattern);

  // What remains of `value` when the matching prefix or suffix is cut off; all of it without one.
  std::string_view CutPrefix(std::string_view value, MatchLength length) const;
  std::string CutSuffix(std::string_view value, MatchLength length) const;

  // `value` with the first match, or every one, replaced; matches are leftmost and longest.
  std::string Replace(std::string_view value, std::string_view replacement, bool all) const;

 private:
  struct Item {
    enum Kind { kText, kAnyChar, kAnyText } kind;
    std::string text;  // kText: one character
  };
  // A run of items between two `*`.
  using Segment = std::vector<Item>;

  static Segment Reversed(const Segment& segment);
  static std::size_t MatchSegment(const Segment& segment, std::string_view value, std::size_t at);
  std::size_t MatchPrefix(std::string_view value, std::size_t at, MatchLength length) const;

  std::vector<Segment> segments_;
};

}  // namespace ibuild::parser
