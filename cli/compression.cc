#include "cli/compression.h"

#include <fmt/format.h>

#include "cli/render/output.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

oci::Compression ParseCompression(std::string_view text) {
  if (text == "gzip") return oci::Compression::kGzip;
  if (text == "zstd") return oci::Compression::kZstd;
  if (text == "uncompressed") return oci::Compression::kNone;
  if (text == "zstd:chunked") {
    StandardError()("note: zstd:chunked is written as zstd: what pulls it reads layers whole\n");
    return oci::Compression::kZstd;
  }
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
  if (text == "oci" || text == "oci-archive" || text == "oci-dir") return oci::TypeFamily::kOci;
  // v2s2: as skopeo and buildah call Docker's schema 2; the others are forms of podman's `save`.
  if (text == "docker" || text == "v2s2" || text == "docker-archive" || text == "docker-dir") {
    return oci::TypeFamily::kDocker;
  }
  if (text == "v2s1") {
    throw Error(ErrorKind::kUnsupported, "manifests of schema 1 are not written any more")
        .WithHint("`--format v2s2` is what every registry takes");
  }
  throw Error(ErrorKind::kUsage, fmt::format("{} is neither oci nor docker", Quote(text)));
}

}  // namespace ibuild::cli
