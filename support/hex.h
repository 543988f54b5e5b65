// Hexadecimal digits, of which digests, commits, ids and addresses are written.
#pragma once

#include <string_view>

namespace ibuild {

// Also of no text at all: how many there have to be is another question.
inline bool IsLowerHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
inline bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace ibuild
