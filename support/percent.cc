#include "support/percent.h"

#include <fmt/format.h>

#include <iterator>

namespace ibuild {

std::string EncodePercent(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '%') {
      fmt::format_to(std::back_inserter(text), "%{:02X}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace ibuild
