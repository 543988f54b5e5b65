// Blobs of one repository (distribution-spec end-2): present or not, and their bytes.
//
// What Open returns checks size and digest as it goes, and carries on by itself where a connection
// broke off or stalled (a Range request to the registry), as long as there is progress.
#pragma once

#include <memory>

#include "oci/blob_store.h"
#include "registry/client/manifests.h"
#include "registry/client/repository_access.h"

namespace ibuild::registry {

class BlobClient final : public oci::BlobSource {
 public:
  explicit BlobClient(RepositoryAccess access) : access_(std::move(access)) {}

  Presence Head(const oci::Digest& digest) const;
  // With the size that the registry says it has. Throws kNotFound, and kUnavailable when it does
  // not say.
  oci::Descriptor Describe(const oci::Digest& digest) const;
  bool Has(const oci::Digest& digest) override { return Head(digest) == Presence::kPresent; }
  // The request goes out with the first Read. Foreign layers are looked for in the registry, then
  // at their URLs, without credentials.
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;
  // What comes after the first `offset` bytes, unverified: the caller has those.
  std::unique_ptr<ByteSource> OpenFrom(const oci::Descriptor& descriptor,
                                       std::uint64_t offset) const;

 private:
  RepositoryAccess access_;
};

}  // namespace ibuild::registry
