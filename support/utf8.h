// UTF-8, strictly: overlong forms, surrogates and what lies beyond U+10FFFF are not valid, as for
// Go, whose programs read what this one reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ibuild {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes; 0: no valid sequence
};

// At the front of `text`, which must not be empty.
CodePoint DecodeUtf8(std::string_view text);

// `point` must not be a surrogate.
void AppendUtf8(char32_t point, std::string& out);

}  // namespace ibuild
