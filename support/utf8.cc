#include "support/utf8.h"

#include <array>

namespace ibuild {
namespace {

struct Form {
  unsigned char first_lead;
  unsigned char last_lead;
  std::size_t length;
  char32_t smallest;  // what fewer bytes could say is overlong
};
constexpr std::array<Form, 4> kForms = {
    {{0x00, 0x7F, 1, 0}, {0xC0, 0xDF, 2, 0x80}, {0xE0, 0xEF, 3, 0x800}, {0xF0, 0xF7, 4, 0x10000}}};
constexpr char32_t kLargest = 0x10FFFF;

bool IsSurrogate(char32_t point) { return point >= 0xD800 && point < 0xE000; }

}  // namespace

CodePoint DecodeUtf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  for (const Form& form : kForms) {
    if (lead < form.first_lead || lead > form.last_lead) continue;
    if (form.length > text.size()) return {};
    char32_t point = form.length == 1 ? lead : lead & (0x7FU >> form.length);
    for (const char c : text.substr(1, form.length - 1)) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte & 0xC0U) != 0x80U) return {};
      point = (point << 6U) | (byte & 0x3FU);
    }
    if (point < form.smallest || point > kLargest || IsSurrogate(point)) return {};
    return {point, form.length};
  }
  return {};
}

void AppendUtf8(char32_t point, std::string& out) {
  const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | (point >> 6U));
    byte(0x80 | (point & 0x3FU));
  } else if (point < 0x10000) {
    byte(0xE0 | (point >> 12U));
    byte(0x80 | ((point >> 6U) & 0x3FU));
    byte(0x80 | (point & 0x3FU));
  } else {
    byte(0xF0 | (point >> 18U));
    byte(0x80 | ((point >> 12U) & 0x3FU));
    byte(0x80 | ((point >> 6U) & 0x3FU));
    byte(0x80 | (point & 0x3FU));
  }
}

}  // namespace ibuild
