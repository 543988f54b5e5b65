// RegistrySource: an image of a registry as a source of blobs and, by their digests, of manifests,
// so that it can be read, copied and changed without a store.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "oci/blob_store.h"
#include "oci/reference.h"
#include "registry/client/blobs.h"
#include "registry/client/manifests.h"
#include "registry/client/registry_client.h"

namespace ibuild::registry {

class RegistrySource final : public oci::BlobSource {
 public:
  // Asks for the document that the reference names, and for nothing else. Throws kNotFound, ….
  RegistrySource(RegistryClient& client, const oci::Reference& reference,
                 std::stop_token stop = {});

  const oci::Reference& reference() const { return reference_; }
  const RepositoryAccess& access() const { return access_; }
  const FetchedManifest& root() const { return root_; }
  // The image of this platform in place of the index; does nothing when there is no index.
  void Choose(const oci::Platform& platform);

  // What an index names is in its repository, or the index is broken: then Open says so.
  bool Has(const oci::Digest&) override { return true; }
  std::unique_ptr<ByteSource> Open(const oci::Descriptor& descriptor) override;

 private:
  oci::Reference reference_;
  RepositoryAccess access_;
  ManifestClient manifests_;
  BlobClient blobs_;
  FetchedManifest root_;
};

}  // namespace ibuild::registry
