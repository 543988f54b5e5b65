#include "parser/meaning/shell_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "parser/syntax/chars.h"
#include "support/error.h"

namespace ibuild::parser {
namespace {

constexpr std::size_t kNoMatch = std::string_view::npos;

// Character by character, so that multi-byte ones stay whole.
std::string ReverseChars(std::string_view text) {
  std::string reversed(text.size(), '\0');
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharLengthAt(text, at);
    end -= length;
    text.copy(reversed.data() + end, length, at);
    at += length;
  }
  return reversed;
}

// The character that a backslash at pattern[at - 1] protects.
std::string_view EscapedChar(std::string_view pattern, std::size_t at) {
  const std::string_view escaped =
      at < pattern.size() ? pattern.substr(at, CharLengthAt(pattern, at)) : std::string_view();
  if (escaped.size() == 1 && std::string_view("*?\\/}").find(escaped) != kNoMatch) return escaped;
  throw Error(
      ErrorKind::kInvalidInput,
      fmt::format("invalid pattern ({}) in substitution: invalid escape '\\{}'", pattern, escaped));
}

}  // namespace

ShellPattern::ShellPattern(std::string_view pattern) : segments_(1) {
  for (std::size_t at = 0; at < pattern.size();) {
    std::string_view text = pattern.substr(at, CharLengthAt(pattern, at));
    at += text.size();
    if (text == "*") {
      segments_.emplace_back();
    } else if (text == "?") {
      segments_.back().push_back({Item::kAnyChar, {}});
    } else {
      if (text == "\\") {
        text = EscapedChar(pattern, at);
        at += text.size();
      }
      segments_.back().push_back({Item::kText, std::string(text)});
    }
  }
}

// Where `segment` ends when it stands at value[at]; kNoMatch when it does not.
std::size_t ShellPattern::MatchSegment(const Segment& segment, std::string_view value,
                                       std::size_t at) {
  for (const Item& item : segment) {
    if (at >= value.size()) return kNoMatch;
    if (item.kind == Item::kAnyChar) {
      at += CharLengthAt(value, at);
    } else if (value.compare(at, item.text.size(), item.text) == 0) {
      at += item.text.size();
    } else {
      return kNoMatch;
    }
  }
  return at;
}

std::size_t ShellPattern::FindFirst(const Segment& segment, std::string_view value,
                                    std::size_t at) {
  for (; at <= value.size(); at += at < value.size() ? CharLengthAt(value, at) : 1) {
    const std::size_t end = MatchSegment(segment, value, at);
    if (end != kNoMatch) return end;
  }
  return kNoMatch;
}

std::size_t ShellPattern::FindLast(const Segment& segment, std::string_view value, std::size_t at) {
  for (std::size_t start = value.size() + 1; start-- > at;) {
    const std::size_t end = MatchSegment(segment, value, start);
    if (end != kNoMatch) return end;
  }
  return kNoMatch;
}

// Where a match that starts at value[at] ends. Between two `*` the leftmost place of a segment is
// always right, because it leaves most to the rest; only the last one decides about the length.
std::size_t ShellPattern::MatchEnd(const std::vector<Segment>& segments, std::string_view value,
                                   std::size_t at, MatchLength length) {
  std::size_t end = MatchSegment(segments.front(), value, at);
  for (std::size_t i = 1; i < segments.size() && end != kNoMatch; ++i) {
    const bool last = i + 1 == segments.size();
    end = last && length == MatchLength::kLongest ? FindLast(segments[i], value, end)
                                                  : FindFirst(segments[i], value, end);
  }
  return end;
}

std::string_view ShellPattern::CutPrefix(std::string_view value, MatchLength length) const {
  const std::size_t end = MatchEnd(segments_, value, 0, length);
  return end == kNoMatch ? value : value.substr(end);
}

// A suffix is a prefix of the reversed value, for the reversed pattern.
std::string_view ShellPattern::CutSuffix(std::string_view value, MatchLength length) const {
  std::vector<Segment> reversed(segments_.rbegin(), segments_.rend());
  for (Segment& segment : reversed) std::ranges::reverse(segment);
  const std::size_t end = MatchEnd(reversed, ReverseChars(value), 0, length);
  return end == kNoMatch ? value : value.substr(0, value.size() - end);
}

// The leftmost match at or after `at`. When the text before the first `*` is found and the rest is
// not, the rest is nowhere behind that place, so looking further is in vain.
ShellPattern::Match ShellPattern::Find(std::string_view value, std::size_t at) const {
  for (; at <= value.size(); at += at < value.size() ? CharLengthAt(value, at) : 1) {
    if (MatchSegment(segments_.front(), value, at) == kNoMatch) continue;
    return {at, MatchEnd(segments_, value, at, MatchLength::kLongest)};
  }
  return {at, kNoMatch};
}

std::string ShellPattern::Replace(std::string_view value, std::string_view replacement,
                                  bool all) const {
  std::string result;
  std::size_t copied = 0;
  std::size_t last_end = kNoMatch;
  for (std::size_t at = 0; at <= value.size();) {
    const Match match = Find(value, at);
    if (match.end == kNoMatch) break;
    const bool empty = match.begin == match.end;
    if (!empty || match.end != last_end) {  // an empty match right after a match is none
      result.append(value.substr(copied, match.begin - copied)).append(replacement);
      copied = last_end = match.end;
      if (!all) break;
    }
    at = match.end;
    if (empty) at += at < value.size() ? CharLengthAt(value, at) : 1;
  }
  return result.append(value.substr(copied));
}

}  // namespace ibuild::parser
