// JSON from outside: whatever is taken is written and read again as the same value, in every style.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "support/error.h"
#include "support/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const ibuild::Json value = ibuild::ParseJson(text, "fuzz");
    for (const auto style : {ibuild::JsonStyle::kCompact, ibuild::JsonStyle::kIndented,
                             ibuild::JsonStyle::kGo, ibuild::JsonStyle::kGoIndented}) {
      if (ibuild::ParseJson(ibuild::DumpJson(value, style), "again") != value) __builtin_trap();
    }
  } catch (const ibuild::Error&) {
    // Refused: what hostile input deserves.
  }
  return 0;
}
