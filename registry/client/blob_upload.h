// Sending one blob (distribution-spec "Pushing blobs"), come what may: by mount when another
// repository has it, in one request when the registry can, and on from where it got to when the
// connection breaks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "oci/descriptor.h"
#include "registry/client/repository_access.h"
#include "support/byte_stream.h"

namespace ibuild::registry {

struct BlobUpload {
  oci::Descriptor descriptor;
  // The bytes from the start; called again for every attempt.
  std::function<std::unique_ptr<ByteSource>()> open;
  std::string mount_from;                          // a repository's path, empty: do not try
  std::function<void(std::uint64_t)> on_progress;  // bytes sent so far; may fall back
};

enum class UploadOutcome { kMounted, kSent };

// Throws kUnauthorized or kPermissionDenied with a hint, kUnavailable, and what `open` throws.
UploadOutcome UploadBlob(const RepositoryAccess& access, const BlobUpload& upload);

}  // namespace ibuild::registry
