// A resolver of base images that takes their documents from shared caches: of a base that the store
// does not know, the registry is only asked what its tag names now.
#pragma once

#include "builder/cache/shared_caches.h"
#include "oci/image_resolver.h"

namespace ibuild::builder {

class CachedBases final : public oci::ImageResolver {
 public:
  // Both must outlive it; `shared` may be null.
  CachedBases(oci::ImageResolver& inner, SharedCaches* shared) : inner_(inner), shared_(shared) {}

  oci::ResolvedImage Resolve(const oci::Reference& reference, const oci::Platform& platform,
                             oci::PullPolicy policy) override;
  void FetchLayers(const oci::Reference& reference, const oci::ResolvedImage& image,
                   std::stop_token stop) override {
    inner_.FetchLayers(reference, image, std::move(stop));
  }

 private:
  bool IsHere(const oci::Reference& reference, const oci::Platform& platform);

  oci::ImageResolver& inner_;
  SharedCaches* shared_;
};

}  // namespace ibuild::builder
