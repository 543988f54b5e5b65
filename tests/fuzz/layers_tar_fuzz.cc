// Any bytes as a tar: an answer or an Error, in bounded memory; what was read can be written and
// is then read the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "layers/tar/reader.h"
#include "layers/tar/writer.h"
#include "support/error.h"

using namespace ibuild;
using namespace ibuild::layers;

namespace {

// Wrong checksums would keep the fuzzer out of everything else.
std::string WithChecksums(std::string tar) {
  for (std::size_t at = 0; at + kTarBlock <= tar.size(); at += kTarBlock) {
    if (tar[at + 156] == '\0' || tar[at] == '\0') continue;
    unsigned sum = 8 * ' ';
    for (std::size_t i = 0; i < kTarBlock; ++i) {
      if (i < 148 || i >= 156) sum += static_cast<unsigned char>(tar[at + i]);
    }
    for (std::size_t i = 6; i > 0; --i, sum /= 8) {
      tar[at + 147 + i] = static_cast<char>('0' + sum % 8);
    }
    tar[at + 154] = '\0';
    tar[at + 155] = ' ';
  }
  return tar;
}

// The canonical form of whatever `tar` holds.
std::string Rewrite(const std::string& tar) {
  StringSource source(tar);
  TarReader reader(source);
  StringSink sink;
  TarWriter writer(sink);
  while (const auto entry = reader.Next()) {
    if (entry->meta.size > tar.size()) throw Error(ErrorKind::kCorrupt, "more than there is");
    writer.Add(*entry, reader.content());
  }
  writer.Finish();
  return sink.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const std::string once = Rewrite(WithChecksums(std::string(bytes)));
    if (Rewrite(once) != once) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
