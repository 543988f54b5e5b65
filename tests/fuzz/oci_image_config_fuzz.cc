// Image configurations from outside: what is read, written and read again is the same value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "oci/image_config.h"
#include "support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto config = ibuild::oci::ParseImageConfig(text, "fuzz");
    const auto again = ibuild::oci::ParseImageConfig(ibuild::oci::Serialize(config), "again");
    if (!(again == config)) __builtin_trap();
  } catch (const ibuild::Error&) {
    // Refused: what hostile input deserves.
  }
  return 0;
}
