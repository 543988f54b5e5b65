// Any bytes as the value of --mount. What passes without variables passes the early check too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser/syntax/run_mount.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::parser;

namespace {

bool Passes(std::string_view csv) {
  try {
    ParseRunMount(csv, [](std::string_view value) { return std::string(value); });
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view csv(reinterpret_cast<const char*>(data), size);  // bytes as text
  const bool passes = Passes(csv);
  try {
    CheckRunMount(csv);
  } catch (const Error&) {
    if (passes && csv.find('$') == std::string_view::npos) std::abort();
  }
  return 0;
}
