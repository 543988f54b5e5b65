// Any bytes as an exec form: what is taken for one starts and ends with its brackets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "parser/syntax/json_array.h"
#include "support/text.h"

using namespace ibuild;
using namespace ibuild::parser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // bytes as text
  const JsonArray array = ReadJsonArray(text);
  if (array.shape != JsonArrayShape::kNotAnArray) {
    const std::string_view trimmed = Trim(text);
    if (!trimmed.starts_with('[') || !trimmed.ends_with(']')) std::abort();
  }
  FindJsonString(text, "syntax");
  return 0;
}
