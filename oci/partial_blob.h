// Ports for blobs on their way in: what has come outlives the process that brought it, and is not
// brought again.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>

#include "oci/descriptor.h"

namespace ibuild::oci {

class PartialBlob {
 public:
  virtual ~PartialBlob() = default;
  virtual std::uint64_t size() const = 0;  // of what is here, from the start
  virtual void Write(std::span<const std::byte> bytes) = 0;
  // Keeps the blob when it is whole and what its descriptor says; otherwise forgets what has come
  // and throws kCorrupt.
  virtual void Publish() = 0;
};

// What a BlobStore may be besides.
class PartialStore {
 public:
  virtual ~PartialStore() = default;
  // The blob as far as it has come. Waits while somebody else brings it; null when it is there by
  // then. Throws kCancelled.
  virtual std::unique_ptr<PartialBlob> Continue(const Descriptor& descriptor,
                                                const std::stop_token& stop) = 0;
};

}  // namespace ibuild::oci
