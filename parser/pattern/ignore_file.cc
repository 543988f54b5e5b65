#include "parser/pattern/ignore_file.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "parser/syntax/chars.h"
#include "parser/syntax/logical_lines.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

// An escaped slash is a slash, but only after the pattern was cleaned.
std::string WithPlainSlashes(const std::string& pattern) {
  std::string plain;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escapes = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escapes && pattern[i + 1] != '/') plain += pattern[i];
    if (escapes) ++i;
    plain += pattern[i];
  }
  return plain;
}

// Lexically: "a//b/./c/.." is "a/b". What climbs out of the root keeps its "..", and so never
// matches the path of a file.
std::string CleanPattern(std::string_view pattern) {
  std::vector<std::string> kept;
  for (const std::string_view element : Split(pattern, '/')) {
    if (element.empty() || element == ".") continue;
    const bool climbs = element == ".." && !kept.empty() && kept.back() != "..";
    if (climbs) {
      kept.pop_back();
    } else {
      kept.emplace_back(element);
    }
  }
  return WithPlainSlashes(Join(kept, "/"));
}

bool IsRooted(std::string_view pattern) {
  pattern = TrimSpace(pattern);
  if (pattern.starts_with('!')) pattern = TrimSpace(pattern.substr(1));
  return pattern.starts_with('/');
}

}  // namespace

void IgnoreFile::Add(std::string_view pattern, std::size_t line) {
  pattern = TrimSpace(pattern);
  if (pattern.empty()) return;
  const bool include = pattern.starts_with('!');
  if (include) pattern = TrimSpace(pattern.substr(1));
  if (include && pattern.find_first_not_of('/') == std::string_view::npos) {
    throw Error(ErrorKind::kInvalidInput, R"(illegal exclusion pattern: "!")")
        .WithHint(fmt::format("line {}: put a pattern after the !", line));
  }
  IgnoreRule rule{CleanPattern(pattern), include, line};
  patterns_.Add(PathPattern(rule.pattern, PatternDialect::kDeep));
  has_includes_ = has_includes_ || include;
  rules_.push_back(std::move(rule));
}

IgnoreFile IgnoreFile::Parse(std::string_view text) {
  IgnoreFile file;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    ++number;
    if (line.size() >= kMaxLineBytes) {
      throw Error(
          ErrorKind::kInvalidInput,
          fmt::format("line {} is greater than max allowed size of {}", number, kMaxLineBytes));
    }
    if (!line.starts_with('#')) {
      InContext(fmt::format("line {}", number), [&] { file.Add(line, number); });
    }
  }
  return file;
}

IgnoreFile IgnoreFile::FromPatterns(const std::vector<std::string>& patterns) {
  IgnoreFile file;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!IsRooted(patterns[i])) {
      InContext("invalid pattern " + Quote(patterns[i]), [&] { file.Add(patterns[i], i + 1); });
    }
  }
  return file;
}

bool IgnoreFile::Excluded(std::string_view path) const {
  if (rules_.empty()) return false;
  const std::optional<std::size_t> last = patterns_.LastMatch(SplitPath(path));
  return last && !rules_[*last].include;
}

bool IgnoreFile::MayIncludeBelow(std::string_view directory) const {
  if (!has_includes_) return false;
  const PathElements elements = SplitPath(directory);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].include && patterns_.pattern(i).MayMatchBelow(elements)) return true;
  }
  return false;
}

}  // namespace ibuild::parser
