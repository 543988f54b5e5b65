// ImageCatalog: the images that a build names, each resolved once. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "builder/graph/op.h"
#include "oci/image_resolver.h"

namespace ibuild::builder {

class ImageCatalog {
 public:
  // `resolver` must outlive it.
  ImageCatalog(oci::ImageResolver& resolver, oci::PullPolicy policy)
      : resolver_(resolver), policy_(policy) {}

  // Stays valid as long as the catalog. Throws what ImageResolver::Resolve throws.
  const oci::ResolvedImage& Get(const oci::Reference& reference, const oci::Platform& platform);
  // The same of an image that was asked for before; null for any other.
  const oci::ResolvedImage* Known(const oci::Reference& reference, const oci::Platform& platform);
  // Makes the layer blobs available in the store.
  void Fetch(const oci::Reference& reference, const oci::Platform& platform);

 private:
  oci::ImageResolver& resolver_;
  const oci::PullPolicy policy_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, oci::ResolvedImage> images_;
};

}  // namespace ibuild::builder
