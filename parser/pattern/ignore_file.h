// .dockerignore: the text and its meaning (Dockerfile reference, ".dockerignore file").
//
// Paths are relative to the context root, slash-separated, lexically clean ("sub/f"). The last
// matching line wins; a pattern also covers everything below what it matches. Nothing is excluded
// by default.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "parser/pattern/rule_index.h"

namespace ibuild::parser {

struct IgnoreRule {
  std::string pattern;   // cleaned: no "!", no leading or trailing slash
  bool include = false;  // written with "!"
  std::size_t line = 1;
};

class IgnoreFile {
 public:
  IgnoreFile() = default;  // excludes nothing

  // Throws Error(kInvalidInput): `illegal exclusion pattern: "!"`, `syntax error in pattern`.
  static IgnoreFile Parse(std::string_view text);
  // Patterns that are already apart, as COPY --exclude gives them. Unlike in a file, one with a
  // leading slash matches nothing, as in Docker.
  static IgnoreFile FromPatterns(const std::vector<std::string>& patterns);

  bool Excluded(std::string_view path) const;

  // For an excluded directory: whether some "!" line may bring back something below it. False
  // means that the walk may skip the directory.
  bool MayIncludeBelow(std::string_view directory) const;

  bool has_includes() const { return has_includes_; }  // any "!" line
  const std::vector<IgnoreRule>& rules() const { return rules_; }

 private:
  void Add(std::string_view pattern, std::size_t line);

  std::vector<IgnoreRule> rules_;
  RuleIndex patterns_;  // by rule
  bool has_includes_ = false;
};

}  // namespace ibuild::parser
