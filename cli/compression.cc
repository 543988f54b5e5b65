#include "cli/compression.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

oci::Compression ParseCompression(std::string_view text) {
  if (text == "gzip") return oci::Compression::kGzip;
  if (text == "zstd") return oci::Compression::kZstd;
  if (text == "uncompressed") return oci::Compression::kNone;
  if (text == "estargz") {
    throw Error(ErrorKind::kUnsupported, "estargz layers are not written")
        .WithHint("gzip layers are read by the same registries and runtimes");
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{} is none of gzip, zstd, uncompressed", Quote(text)));
}

int ParseCompressionLevel(std::string_view text) {
  const auto level = ParseUnsigned(text);
  if (!level || *level > 22) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no level from 0 to 22", Quote(text)));
  }
  return static_cast<int>(*level);
}

oci::TypeFamily ParseTypeFamily(std::string_view text) {
  if (text == "oci") return oci::TypeFamily::kOci;
  if (text == "docker") return oci::TypeFamily::kDocker;
  throw Error(ErrorKind::kUsage, fmt::format("{} is neither oci nor docker", Quote(text)));
}

}  // namespace ibuild::cli
