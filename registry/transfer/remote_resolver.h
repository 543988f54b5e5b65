// Base images for the builder: from the store when it has them, else from their registry.
//
// With PullPolicy::kMissing an image that the store knows needs no network at all: no socket is
// opened and no library is loaded.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "oci/blob_store.h"
#include "oci/image_resolver.h"
#include "registry/client/registry_client.h"
#include "support/report.h"

namespace ibuild::registry {

// The store's names, as far as this room needs them.
struct ImageNames {
  // A reference with a digest is looked up by that digest. Nothing when unknown.
  std::function<std::optional<oci::Descriptor>(const oci::Reference&)> find;
  // Of an image that is here with all its layers. `root` may be an index of which the store holds
  // one image only.
  std::function<void(const oci::Reference&, const oci::Descriptor& root)> record;
  // Whether the store gets this layer of the image by itself when it is opened, from a shared
  // cache; null: never.
  std::function<bool(const oci::Reference&, const oci::Digest& layer)> is_elsewhere = {};
};

class RemoteImageResolver final : public oci::ImageResolver {
 public:
  // All of them must outlive the resolver.
  RemoteImageResolver(RegistryClient& client, oci::BlobStore& store, ImageNames names,
                      Reporter& reporter);

  oci::ResolvedImage Resolve(const oci::Reference& reference, const oci::Platform& platform,
                             oci::PullPolicy policy) override;
  void FetchLayers(const oci::Reference& reference, const oci::ResolvedImage& image,
                   std::stop_token stop) override;

 private:
  std::optional<oci::ResolvedImage> FindLocally(const oci::Reference& reference,
                                                const oci::Platform& platform);
  oci::Manifest ReadManifest(const oci::Reference& reference, const oci::Descriptor& manifest);
  std::optional<oci::Descriptor> FindRoot(const oci::Reference& reference);
  void Name(const oci::Reference& reference);
  oci::ResolvedImage Read(const oci::Reference& reference, const oci::Descriptor& manifest);

  RegistryClient& client_;
  oci::BlobStore& store_;
  ImageNames names_;
  Reporter& reporter_;
  std::mutex mutex_;
  std::map<oci::Reference, oci::Descriptor> unnamed_;  // came from a registry, without layers yet
};

}  // namespace ibuild::registry
