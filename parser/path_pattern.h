// Shell-like patterns over slash paths, compiled once and matched many times in linear time.
//
// Two dialects: Go's path/filepath.Match, per element (`*` `?` `[a-c]` `[^a]` `\x`, none of which
// crosses a slash), as COPY wildcards use it; and the same with `**`, any number of elements, as
// .dockerignore, --exclude and --parents use it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::parser {

enum class PatternDialect {
  kElements,  // `**` means `*`
  kDeep,      // `**` crosses slashes
};

class PathPattern {
 public:
  // Throws Error(kInvalidInput) `syntax error in pattern` for an unclosed class or a lone escape
  // at the end.
  PathPattern(std::string_view pattern, PatternDialect dialect);

  bool Matches(std::string_view path) const;

  // False only when no path at or below `directory` can match.
  bool MayMatchBelow(std::string_view directory) const;

  // No special characters: the pattern names one path, `literal_path()`, escapes removed.
  bool is_literal() const { return is_literal_; }
  const std::string& literal_path() const { return literal_; }

 private:
  struct Token;
  struct Range;
  bool is_literal_ = false;
  std::string literal_;
};

// True when `text` holds a character that is special in a pattern (`*`, `?`, `[`, a backslash).
bool HasWildcard(std::string_view text);

}  // namespace ibuild::parser
