// Compression of layer blobs. Detection goes by the first bytes, never by names or types.
//
// Output is made of independent pieces (gzip members of 1 MiB, zstd frames of 8 MiB), so several
// cores work on one layer and the bytes are the same for any number of them. Headers hold no name
// and no time. Both formats define such concatenations as one stream (RFC 1952, 2.2; RFC 8878, 3).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "oci/media_type.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

// Fixed: digests depend on them. On one core gzip's level 6 takes half as long again as 4 and saves
// less than three parts in a hundred (docs/registry.md).
inline constexpr int kDefaultGzipLevel = 4;
inline constexpr int kDefaultZstdLevel = 3;

struct CompressionChoice {
  oci::Compression compression = oci::Compression::kGzip;
  std::optional<int> level;  // gzip 0…12, zstd 1…22

  friend bool operator==(const CompressionChoice&, const CompressionChoice&) = default;
};

oci::Compression DetectCompression(std::span<const std::byte> first_bytes);

// The plain bytes of a stream that may be gzip (several members), zstd (several frames) or plain.
// Throws kCorrupt for damaged or cut data, kResourceExhausted past a ratio of 200:1 once over
// 10 GiB and for zstd windows over 128 MiB.
std::unique_ptr<ByteSource> Decompress(std::unique_ptr<ByteSource> source);

// Writes the compressed form of what it is given into `sink`; Finish() finishes `sink` too.
std::unique_ptr<ByteSink> Compress(const CompressionChoice& choice, ByteSink& sink);

}  // namespace ibuild::layers
