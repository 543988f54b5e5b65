#include "cli/remote/tag_order.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <array>
#include <compare>
#include <optional>
#include <regex>
#include <vector>

#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

struct Version {
  std::array<std::uint64_t, 3> numbers{};
  std::size_t given = 0;                 // of the numbers
  std::vector<std::string> before = {};  // pre-release: "rc", "1"
};

std::optional<Version> ParseVersion(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  text = text.substr(0, text.find('+'));
  Version version;
  const std::size_t dash = std::min(text.find('-'), text.size());
  for (const std::string_view part : Split(text.substr(0, dash), '.')) {
    if (part == "x" || part == "X" || part == "*") break;
    const auto number = ParseUnsigned(part);
    if (!number || version.given == version.numbers.size()) return std::nullopt;
    version.numbers[version.given++] = *number;
  }
  if (dash < text.size()) {
    for (const std::string_view part : Split(text.substr(dash + 1), '.')) {
      version.before.emplace_back(part);
    }
  }
  if (version.given == 0) return std::nullopt;
  return version;
}

std::strong_ordering CompareIdentifiers(const std::string& a, const std::string& b) {
  const auto x = ParseUnsigned(a);
  const auto y = ParseUnsigned(b);
  if (x && y) return *x <=> *y;
  if (x || y) return x ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.compare(b) <=> 0;
}

std::strong_ordering Compare(const Version& a, const Version& b) {
  if (const auto order = a.numbers <=> b.numbers; order != 0) return order;
  if (a.before.empty() != b.before.empty()) {
    return a.before.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  for (std::size_t i = 0; i < std::min(a.before.size(), b.before.size()); ++i) {
    if (const auto order = CompareIdentifiers(a.before[i], b.before[i]); order != 0) return order;
  }
  return a.before.size() <=> b.before.size();
}

Version Next(const Version& version, std::size_t place) {
  Version next;
  next.given = 3;
  for (std::size_t i = 0; i <= place; ++i) next.numbers[i] = version.numbers[i];
  ++next.numbers[place];
  return next;
}

// One condition: an operator and a version, perhaps with a part left out.
bool Holds(const Version& tag, std::string_view condition) {
  std::size_t length = 0;
  while (length < condition.size() &&
         std::string_view("<>=!^~").find(condition[length]) != std::string_view::npos) {
    ++length;
  }
  const std::string_view sign = condition.substr(0, length);
  const std::string_view text = Trim(condition.substr(length));
  if (sign.empty() && (text == "*" || text == "x" || text.empty())) return true;
  const auto wanted = ParseVersion(text);
  if (!wanted) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no range of versions", Quote(condition)));
  }
  const auto order = Compare(tag, *wanted);
  const bool at_least = order >= 0;
  const auto below = [&](std::size_t place) { return Compare(tag, Next(*wanted, place)) < 0; };
  if (sign == ">") return order > 0;
  if (sign == ">=" || sign == "=>") return at_least;
  if (sign == "<") return order < 0;
  if (sign == "<=" || sign == "=<") return order <= 0;
  if (sign == "!=") return order != 0;
  if (sign == "^") {
    std::size_t place = 0;
    while (place + 1 < wanted->given && wanted->numbers[place] == 0) ++place;
    return at_least && below(place);
  }
  if (sign == "~") return at_least && below(wanted->given > 1 ? 1 : 0);
  return wanted->given == 3 ? order == 0 : at_least && below(wanted->given - 1);
}

// Blanks and commas join conditions; a blank after the operator belongs to it.
std::vector<std::string> Conditions(std::string_view range) {
  std::vector<std::string> conditions;
  std::string current;
  for (const char c : range) {
    const bool separator = c == ' ' || c == ',';
    const bool after_sign = !current.empty() && std::string_view("<>=!^~").find(current.back()) !=
                                                    std::string_view::npos;
    if (!separator) {
      current += c;
    } else if (!current.empty() && !after_sign) {
      conditions.push_back(std::exchange(current, {}));
    }
  }
  if (!current.empty()) conditions.push_back(current);
  return conditions;
}

}  // namespace

bool IsOlderVersion(const std::string& a, const std::string& b) {
  const auto x = ParseVersion(a);
  const auto y = ParseVersion(b);
  if (x && y) {
    const auto order = Compare(*x, *y);
    return order != 0 ? order < 0 : a < b;
  }
  if (x || y) return y.has_value();
  return a < b;
}

bool IsDigestTag(std::string_view tag) {
  constexpr std::string_view kStart = "sha256-";
  constexpr std::size_t kHex = 64;
  return tag.starts_with(kStart) && tag.size() >= kStart.size() + kHex &&
         IsLowerHex(tag.substr(kStart.size(), kHex));
}

bool MatchesRegex(const std::string& tag, const std::string& expression) {
  try {
    return std::regex_search(tag, std::regex(expression, std::regex::ECMAScript));
  } catch (const std::regex_error&) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no regular expression", Quote(expression)));
  }
}

bool MatchesTag(const std::string& tag, const std::string& pattern) {
  if (pattern.size() > 1 && pattern.front() == '/' && pattern.back() == '/') {
    return MatchesRegex(tag, pattern.substr(1, pattern.size() - 2));
  }
  return ::fnmatch(pattern.c_str(), tag.c_str(), 0) == 0;
}

bool IsInVersionRange(const std::string& tag, const std::string& range) {
  const auto version = ParseVersion(tag);
  if (!version) return false;
  std::string_view rest = range;
  for (;;) {
    const std::size_t end = std::min(rest.find("||"), rest.size());
    bool all = true;
    for (const std::string& condition : Conditions(rest.substr(0, end))) {
      all = Holds(*version, condition) && all;
    }
    if (all) return true;
    if (end >= rest.size()) return false;
    rest.remove_prefix(end + 2);
  }
}

}  // namespace ibuild::cli
