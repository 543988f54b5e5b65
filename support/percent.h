// Bytes as one word of a line of text: blanks, controls, `%` and what is not ASCII stand as %XX.
// DecodePercent (support/text.h) reads it back.
#pragma once

#include <string>
#include <string_view>

namespace ibuild {

std::string EncodePercent(std::string_view bytes);

}  // namespace ibuild
