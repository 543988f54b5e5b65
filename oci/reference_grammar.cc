#include "oci/reference_grammar.h"

#include <algorithm>
#include <vector>

#include "support/hex.h"
#include "support/text.h"

namespace ibuild::oci::reference_grammar {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsAlphanumeric(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }

bool IsLabel(std::string_view text) {
  return !text.empty() && IsAlphanumeric(text.front()) && IsAlphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-'; });
}

bool IsPort(std::string_view text) {
  const auto port = ParseUnsigned(text);
  return port && *port <= 65535;
}

// RFC 4291 text without a dotted quad or a zone: up to eight groups, one "::" for the missing ones.
bool IsIpv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  if (has_gap && text.find("::", gap + 1) != std::string_view::npos) return false;
  std::size_t groups = 0;
  for (const std::string_view half :
       {text.substr(0, gap), has_gap ? text.substr(gap + 2) : std::string_view()}) {
    if (half.empty()) continue;
    for (const std::string_view group : Split(half, ':')) {
      if (group.empty() || group.size() > 4 || !IsHex(group)) return false;
      ++groups;
    }
  }
  return has_gap ? groups < 8 : groups == 8;
}

bool IsBracketedHost(std::string_view text) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos || !IsIpv6(text.substr(1, end - 1))) return false;
  const std::string_view rest = text.substr(end + 1);
  return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)));
}

bool IsSeparator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         (!text.empty() && text.find_first_not_of('-') == std::string_view::npos);
}

// Runs of letters and digits, each two joined by one separator.
bool IsPathComponent(std::string_view text) {
  const auto is_word = [](char c) { return IsLower(c) || IsDigit(c); };
  auto position = text.begin();
  for (;;) {
    const auto word_end = std::find_if_not(position, text.end(), is_word);
    if (word_end == position) return false;
    if (word_end == text.end()) return true;
    position = std::find_if(word_end, text.end(), is_word);
    if (!IsSeparator(std::string_view(word_end, position))) return false;
  }
}

}  // namespace

bool IsHost(std::string_view text) {
  if (text.starts_with('[')) return IsBracketedHost(text);
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && !IsPort(text.substr(colon + 1))) return false;
  const auto labels = Split(text.substr(0, colon), '.');
  return std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool IsPath(std::string_view text) {
  const auto components = Split(text, '/');
  return std::all_of(components.begin(), components.end(), IsPathComponent);
}

bool IsTag(std::string_view text) {
  const auto is_word = [](char c) { return IsAlphanumeric(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace ibuild::oci::reference_grammar
