// How layers are compressed on their way out, as users write it.
#pragma once

#include <string_view>

#include "oci/media_type.h"

namespace ibuild::cli {

// All throw kUsage.
oci::Compression ParseCompression(std::string_view text);  // gzip, zstd, uncompressed
int ParseCompressionLevel(std::string_view text);          // 0 to 22
oci::TypeFamily ParseTypeFamily(std::string_view text);    // oci, docker

}  // namespace ibuild::cli
