#include "parser/pattern/path_pattern.h"

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"

namespace ibuild::parser {

PathElements SplitPath(std::string_view path) {
  PathElements elements;
  elements.reserve(16);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) elements.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return elements;
}

bool HasWildcard(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
      return true;
    }
  }
  return false;
}

// One character of `text`, which is not at its end.
bool PathPattern::MatchesToken(const Token& token, std::string_view text, std::size_t at) {
  if (token.type == Token::kText) return text.compare(at, token.text.size(), token.text) == 0;
  if (token.type == Token::kAnyChar) return true;
  const char32_t c = CodePointAt(text, at);
  const bool inside = std::ranges::any_of(
      token.ranges, [c](const Range& range) { return range.first <= c && c <= range.last; });
  return inside != token.negated;
}

// The last `*` met takes one character more whenever the rest does not fit: no recursion, and no
// earlier `*` ever needs a second try.
bool PathPattern::MatchesGlob(const std::vector<Token>& tokens, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t token = 0;
  std::size_t at = 0;
  std::size_t star = kNone;     // token after the last `*`
  std::size_t star_at = kNone;  // where its text ends
  while (at < text.size()) {
    if (token < tokens.size() && tokens[token].type == Token::kAnyText) {
      star = ++token;
      star_at = at;
    } else if (token < tokens.size() && MatchesToken(tokens[token], text, at)) {
      at += CharLengthAt(text, at);
      ++token;
    } else if (star != kNone) {
      star_at += CharLengthAt(text, star_at);
      at = star_at;
      token = star;
    } else {
      return false;
    }
  }
  while (token < tokens.size() && tokens[token].type == Token::kAnyText) ++token;
  return token == tokens.size();
}

// Most elements differ in length or in one character, which is cheaper to see than to call memcmp.
bool PathPattern::MatchesElement(const Element& element, std::string_view text) {
  const std::string& wanted = element.text;
  switch (element.kind) {
    case Kind::kLiteral:
      return text.size() == wanted.size() && text.back() == wanted.back() && text == wanted;
    case Kind::kSuffix:
      return wanted.empty() || (text.back() == wanted.back() && text.ends_with(wanted));
    case Kind::kGlob:
      return MatchesGlob(element.tokens, text);
    case Kind::kDeep:
    case Kind::kDeepSome:
      return true;
  }
  return false;
}

// The same walk as MatchesGlob, over elements: the last `**` met takes one element more whenever
// the rest does not fit.
bool PathPattern::MatchesElements(const Elements& pattern, const PathElements& path,
                                  bool or_parent) {
  constexpr std::size_t kNone = std::string_view::npos;
  if (path.empty()) return false;
  // Where most pairs of a pattern and a path end.
  if (pattern.front().kind < Kind::kDeep && !MatchesElement(pattern.front(), path.front())) {
    return false;
  }
  std::size_t part = 0;
  std::size_t at = 0;
  std::size_t deep = kNone;
  std::size_t deep_at = 0;
  for (;;) {
    if (part < pattern.size() && pattern[part].kind >= Kind::kDeep) {
      if (pattern[part].kind == Kind::kDeepSome) return at < path.size();  // it is the last one
      deep = ++part;
      deep_at = at;
    } else if (part == pattern.size() && (or_parent || at == path.size())) {
      return at > 0;
    } else if (part < pattern.size() && at < path.size() &&
               MatchesElement(pattern[part], path[at])) {
      ++part;
      ++at;
    } else if (deep != kNone && deep_at < path.size()) {
      at = ++deep_at;
      part = deep;
    } else {
      return false;
    }
  }
}

bool PathPattern::MayMatchElements(const Elements& pattern, const PathElements& directory) {
  const std::size_t common = std::min(pattern.size(), directory.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (pattern[i].kind >= Kind::kDeep) return true;
    if (!MatchesElement(pattern[i], directory[i])) return false;
  }
  return true;
}

bool PathPattern::Matches(const PathElements& path) const {
  return std::ranges::any_of(alternatives_, [&](const Elements& pattern) {
    return MatchesElements(pattern, path, false);
  });
}

bool PathPattern::MatchesPathOrParent(const PathElements& path) const {
  return std::ranges::any_of(
      alternatives_, [&](const Elements& pattern) { return MatchesElements(pattern, path, true); });
}

std::optional<NeededName> PathPattern::FindNeededName() const {
  if (alternatives_.size() != 1) return std::nullopt;
  const Elements& elements = alternatives_.front();
  if (elements.size() == 2 && elements[0].kind == Kind::kDeep &&
      elements[1].kind == Kind::kLiteral) {
    return NeededName{elements[1].text, NeededName::Where::kAnywhere};
  }
  std::optional<NeededName> needed;
  for (std::size_t at = 0; at < elements.size() && elements[at].kind < Kind::kDeep; ++at) {
    if (elements[at].kind != Kind::kLiteral) continue;
    needed = NeededName{elements[at].text, NeededName::Where::kAtPosition, at};
  }
  return needed;
}

bool PathPattern::MayMatchBelow(const PathElements& directory) const {
  return std::ranges::any_of(
      alternatives_, [&](const Elements& pattern) { return MayMatchElements(pattern, directory); });
}

}  // namespace ibuild::parser
