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
  std::string_view CutSuffix(std::string_view value, MatchLength length) const;

  // `value` with the first match, or every one, replaced; matches are leftmost and longest.
  std::string Replace(std::string_view value, std::string_view replacement, bool all) const;

 private:
  struct Item {
    enum Kind { kText, kAnyChar } kind;
    std::string text;  // kText: one character
  };
  using Segment = std::vector<Item>;  // what stands before, between and after the `*`
  struct Match {
    std::size_t begin;
    std::size_t end;  // npos: none
  };

  static std::size_t MatchSegment(const Segment& segment, std::string_view value, std::size_t at);
  static std::size_t FindFirst(const Segment& segment, std::string_view value, std::size_t at);
  static std::size_t FindLast(const Segment& segment, std::string_view value, std::size_t at);
  static std::size_t MatchEnd(const std::vector<Segment>& segments, std::string_view value,
                              std::size_t at, MatchLength length);
  Match Find(std::string_view value, std::size_t at) const;

  std::vector<Segment> segments_;  // never empty
};

}  // namespace ibuild::parser
