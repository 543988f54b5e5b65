// Any bytes as a word: expansion ends in a value or an Error in every mode.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parser/meaning/expand.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::parser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view word(reinterpret_cast<const char*>(data), size);  // bytes as text
  const auto scope = [](std::string_view name) -> std::optional<std::string_view> {
    if (name.empty() || name.front() == 'u') return std::nullopt;
    return name.front() == 'e' ? "" : "/usr/local/lib a*b";
  };
  for (const char escape : {'\\', '`'}) {
    for (const ExpandMode mode :
         {ExpandMode::kWord, ExpandMode::kHereDocument, ExpandMode::kDisplay}) {
      try {
        ExpandWord(word, scope, escape, mode);
        if (mode == ExpandMode::kWord) ExpandWords(word, scope, escape);
      } catch (const Error&) {
        continue;
      }
    }
  }
  return 0;
}
