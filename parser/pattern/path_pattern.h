// Shell-like patterns over slash paths, compiled once and matched many times in linear time.
//
// Two dialects: Go's path/filepath.Match, per element (`*` `?` `[a-c]` `[^a]` `\x`, none of which
// crosses a slash), as COPY wildcards use it; and the same with `**`, any number of elements, as
// .dockerignore, --exclude and --parents use it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

enum class PatternDialect {
  kElements,  // `**` means `*`
  kDeep,      // `**` crosses slashes
};

// The elements of a clean slash path. Split once when one path meets many patterns.
using PathElements = std::vector<std::string_view>;
PathElements SplitPath(std::string_view path);

// A name that a path must have, in full, for a pattern to match it or a parent of it.
struct NeededName {
  enum class Where {
    kAnywhere,  // and that is all: **/name
    kAtPosition,
  };
  std::string_view name;  // of the pattern, as long as it lives
  Where where = Where::kAtPosition;
  std::size_t position = 0;  // index of the element
};

class PathPattern {
 public:
  // A pattern as it stands after cleaning: no leading slash, no "." and "..". Throws
  // Error(kInvalidInput) `syntax error in pattern` for an unclosed class or a lone escape at the
  // end, and for more than a few `**` inside of elements.
  PathPattern(std::string_view pattern, PatternDialect dialect);

  bool Matches(const PathElements& path) const;  // the whole path
  bool Matches(std::string_view path) const { return Matches(SplitPath(path)); }
  bool MatchesPathOrParent(const PathElements& path) const;
  // False only when nothing at or below `directory` can match or has a parent that does.
  bool MayMatchBelow(const PathElements& directory) const;
  // What can be looked up instead of tried; nothing for wildcards all the way.
  std::optional<NeededName> FindNeededName() const;

 private:
  friend class PatternCompiler;
  enum class Kind {
    kLiteral,   // text
    kSuffix,    // "*" and text
    kGlob,      // tokens
    kDeep,      // any number of elements, also none
    kDeepSome,  // one element or more
  };
  struct Range {
    char32_t first;
    char32_t last;
  };
  struct Token {
    enum Type { kText, kAnyChar, kAnyText, kClass } type;
    std::string text = {};  // kText: one character
    bool negated = false;   // kClass
    std::vector<Range> ranges = {};
  };
  struct Element {
    Kind kind = Kind::kLiteral;
    std::string text = {};
    std::vector<Token> tokens = {};
  };
  using Elements = std::vector<Element>;

  static bool MatchesToken(const Token& token, std::string_view text, std::size_t at);
  static bool MatchesGlob(const std::vector<Token>& tokens, std::string_view text);
  static bool MatchesElement(const Element& element, std::string_view text);
  static bool MatchesElements(const Elements& pattern, const PathElements& path, bool or_parent);
  static bool MayMatchElements(const Elements& pattern, const PathElements& directory);

  // Any of these. More than one only for `**` inside of an element: a**b is ab or a*/**/b.
  std::vector<Elements> alternatives_;
};

// `*`, `?` or `[` that no backslash protects.
bool HasWildcard(std::string_view text);

}  // namespace ibuild::parser
