#include "parser/syntax/chars.h"

#include <array>

#include "support/utf8.h"

namespace ibuild::parser {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool IsUnicodeSpace(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Blocks above ASCII that hold no letters or digits: controls and punctuation of Latin-1, general
// punctuation, symbols and arrows, CJK punctuation, private use and specials, emoji. A name may use
// any other character, so a script that Unicode adds later needs no change here.
struct Block {
  char32_t first;
  char32_t last;
};
constexpr std::array kNotNameBlocks = {
    Block{0x80, 0xA9},     Block{0xAB, 0xB4},     Block{0xB6, 0xB9},     Block{0xBB, 0xBF},
    Block{0xD7, 0xD7},     Block{0xF7, 0xF7},     Block{0x2000, 0x2070}, Block{0x2072, 0x207E},
    Block{0x20A0, 0x20FF}, Block{0x2190, 0x2BFF}, Block{0x3000, 0x3004}, Block{0x3008, 0x3020},
    Block{0xE000, 0xF8FF}, Block{0xFF00, 0xFF0F}, Block{0xFFE0, 0xFFFF}, Block{0x1F000, 0x1FAFF},
};

bool IsUnicodeNameChar(char32_t c) {
  for (const Block& block : kNotNameBlocks) {
    if (c >= block.first && c <= block.last) return false;
  }
  return !IsUnicodeSpace(c);
}

}  // namespace

std::size_t UnicodeSpaceLengthAt(std::string_view text, std::size_t offset) {
  const CodePoint point = DecodeUtf8(text.substr(offset));
  return point.length != 0 && IsUnicodeSpace(point.value) ? point.length : 0;
}

std::string_view TrimLeftSpace(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SpaceLengthAt(text, 0);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  return text;
}

std::string_view TrimSpace(std::string_view text) {
  text = TrimLeftSpace(text);
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && IsContinuation(text[start])) --start;
    if (SpaceLengthAt(text, start) != text.size() - start) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::string_view TrimWordBlanks(std::string_view text) {
  while (!text.empty() && IsWordBlank(text.front())) text.remove_prefix(1);
  return text;
}

std::size_t CharLengthAt(std::string_view text, std::size_t offset) {
  const std::size_t length = DecodeUtf8(text.substr(offset)).length;
  return length == 0 ? 1 : length;
}

char32_t CodePointAt(std::string_view text, std::size_t offset) {
  const CodePoint point = DecodeUtf8(text.substr(offset));
  return point.length == 0 ? static_cast<unsigned char>(text[offset]) : point.value;
}

std::size_t NameCharLengthAt(std::string_view text, std::size_t offset) {
  const char c = text[offset];
  if (static_cast<unsigned char>(c) < 0x80U) return IsLetter(c) || IsDigit(c) || c == '_' ? 1 : 0;
  const CodePoint point = DecodeUtf8(text.substr(offset));
  return point.length != 0 && IsUnicodeNameChar(point.value) ? point.length : 0;
}

}  // namespace ibuild::parser
