// Ports for content-addressed bytes: what layers/ keeps and registry/ moves.
//
// Nothing unverified leaves a BlobSource: Open returns a VerifyingSource or a stream that is
// checked the same way, so a reader that reached the end has seen exactly the bytes that the
// descriptor names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "oci/descriptor.h"
#include "support/byte_stream.h"

namespace ibuild::oci {

class BlobSource {
 public:
  virtual ~BlobSource() = default;
  virtual bool Has(const Digest& digest) = 0;
  // Throws kNotFound. The stream throws kCorrupt at the first proof of a wrong size or digest.
  virtual std::unique_ptr<ByteSource> Open(const Descriptor& descriptor) = 0;
};

class BlobSink {
 public:
  virtual ~BlobSink() = default;
  // Reads `content` to its end and keeps it, or throws and keeps nothing. A blob that is already
  // there makes this a no-op that does not read.
  virtual void Put(const Descriptor& descriptor, ByteSource& content) = 0;
};

class BlobStore : public BlobSource, public BlobSink {};

// Checks size and digest of what passes; throws kCorrupt as soon as more bytes than the size
// arrive, or at the end when fewer came or the digest differs.
class VerifyingSource final : public ByteSource {
 public:
  VerifyingSource(std::unique_ptr<ByteSource> content, const Descriptor& descriptor);
  std::size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<ByteSource> content_;
  Digester digester_;
  Digest digest_;
  std::uint64_t size_;
  bool verified_ = false;
};

// The whole of a small blob (config, manifest). Larger than `limit`: kResourceExhausted.
std::string ReadBlob(BlobSource& source, const Descriptor& descriptor,
                     std::size_t limit = 8u << 20);

// Keeps a small document and describes it.
Descriptor PutBlob(BlobSink& sink, std::string_view media_type, const std::string& text);

}  // namespace ibuild::oci
