// Any bytes as a compressed layer: an answer or an Error. The first byte picks the magic, since
// few mutations find one.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "layers/compress/codec.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::layers;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view kMagics[] = {"", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd",
                                                 "\x50\x2a\x4d\x18"};
  if (size == 0) return 0;
  std::string bytes(kMagics[data[0] % std::size(kMagics)]);
  bytes.append(reinterpret_cast<const char*>(data + 1), size - 1);
  try {
    const auto source = Decompress(std::make_unique<StringSource>(std::move(bytes)));
    ReadToString(*source, 16 << 20);
  } catch (const Error&) {
  }
  return 0;
}
