// What counts as a blank, and a little UTF-8. The language has two notions of white space: the
// ASCII one that separates words, and Unicode's for trimming lines and for quoted words.
#pragma once

#include <cstddef>
#include <string_view>

namespace ibuild::parser {

// Separates the words of an instruction: tab, vertical tab, form feed, carriage return, space.
constexpr bool IsWordBlank(char c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

std::size_t UnicodeSpaceLengthAt(std::string_view text, std::size_t offset);  // beyond ASCII

// Bytes of the white-space character (Unicode White_Space) at text[offset]; 0 when there is none.
inline std::size_t SpaceLengthAt(std::string_view text, std::size_t offset) {
  const char c = text[offset];
  if (static_cast<unsigned char>(c) >= 0x80U) return UnicodeSpaceLengthAt(text, offset);
  return IsWordBlank(c) || c == '\n' ? 1 : 0;
}

std::string_view TrimLeftSpace(std::string_view text);
std::string_view TrimSpace(std::string_view text);
std::string_view TrimWordBlanks(std::string_view text);  // from the left only

// Bytes of the UTF-8 character at text[offset], 1 for a byte that does not start a valid one.
std::size_t CharLengthAt(std::string_view text, std::size_t offset);

// The code point there; for a byte that does not start a valid one, that byte.
char32_t CodePointAt(std::string_view text, std::size_t offset);

// Bytes of the character at text[offset] that may be part of a variable's name (letters and digits
// of any script, underscore); 0 when it may not.
std::size_t NameCharLengthAt(std::string_view text, std::size_t offset);

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace ibuild::parser
