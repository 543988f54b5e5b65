#include "support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "support/utf8.h"

namespace ibuild {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

const char* ShortEscape(char c) {
  switch (c) {
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\v':
      return "\\v";
    case '\\':
      return "\\\\";
    case '"':
      return "\\\"";
    default:
      return nullptr;
  }
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// A character that steers a terminal and how it is written instead; nothing for others. The second
// set of controls, U+0080 to U+009F, does what the first does with an escape before it; marks of
// direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) and the separators U+2028
// and U+2029 make a line read as what it is not.
std::optional<std::string> ControlEscape(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    if (!IsControl(character[0])) return std::nullopt;
    return fmt::format("\\x{:02x}", first);
  }
  const std::uint32_t point = DecodeUtf8(character).value;
  const auto within = [point](std::uint32_t low, std::uint32_t high) {
    return point >= low && point <= high;
  };
  const bool steers = within(0x80, 0x9f) || point == 0x061c || within(0x200e, 0x200f) ||
                      within(0x2028, 0x202e) || within(0x2066, 0x2069);
  return steers ? std::optional(fmt::format("\\u{:04x}", point)) : std::nullopt;
}

// Shift (power of two) of a size suffix, nothing when it is none.
std::optional<unsigned> SizeShift(std::string_view suffix) {
  if (suffix.empty()) return 0;
  const std::string lower = ToLower(suffix);
  static constexpr std::string_view kUnits = "kmgt";
  if (lower == "b") return 0;
  const std::size_t unit = kUnits.find(lower.front());
  const std::string_view rest = std::string_view(lower).substr(1);
  if (unit == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) {
    return std::nullopt;
  }
  return static_cast<unsigned>(10 * (unit + 1));
}

}  // namespace

std::string Quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = DecodeUtf8(text).length;
    if (const char* escape = ShortEscape(text.front())) {
      out += escape;
      text.remove_prefix(1);
    } else if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else {
      const std::string_view character = text.substr(0, length);
      out += ControlEscape(character).value_or(std::string(character));
      text.remove_prefix(length);
    }
  }
  return out += '"';
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part;
  }
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

std::string ToUpper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Upper);
  return out;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::optional<std::uint64_t> ParseUnsigned(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<std::uint64_t> ParseByteSize(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = ParseUnsigned(text.substr(0, digits));
  const auto shift = SizeShift(text.substr(digits));
  if (!number || !shift) return std::nullopt;
  if (*number > (std::numeric_limits<std::uint64_t>::max() >> *shift)) return std::nullopt;
  return *number << *shift;
}

std::string FormatByteSize(std::uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const std::string_view digits = text[i] == '%' ? text.substr(i + 1, 2) : std::string_view();
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool is_escape = digits.size() == 2 && error == std::errc() && end == digits.end();
    decoded.push_back(is_escape ? static_cast<char>(value) : text[i]);
    if (is_escape) i += 2;
  }
  return decoded;
}

std::string PrintableText(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(DecodeUtf8(text).length, 1);
    const std::string_view character = text.substr(0, length);
    // A byte that is no character may still steer a terminal that knows no UTF-8.
    const bool steers = length == 1 && static_cast<unsigned char>(text.front()) >= 0x80 &&
                        static_cast<unsigned char>(text.front()) < 0xa0;
    if (character == "\n" || character == "\t") {
      out += character;
    } else if (steers) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else {
      out += ControlEscape(character).value_or(std::string(character));
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace ibuild
