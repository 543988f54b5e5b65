// Bytes before the first NUL as .dockerignore, the rest as a path. What pruning skips must hold
// nothing that matching would keep.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/pattern/ignore_file.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::parser;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // bytes as text
  const std::size_t split = std::min(text.find('\0'), text.size());
  const std::string_view path = text.substr(std::min(split + 1, text.size()));
  try {
    const IgnoreFile file = IgnoreFile::Parse(text.substr(0, split));
    const bool kept = !file.Excluded(path);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || path.empty()) return 0;
    const std::string_view parent = path.substr(0, slash);
    if (kept && file.Excluded(parent) && !file.MayIncludeBelow(parent)) std::abort();
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
