// A resolver that remembers what it resolved, so that the layers of base images can be fetched when
// it turns out that an output wants their bytes: a build that only runs from the cache does not.
#pragma once

#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "layers/store/store.h"
#include "oci/image_resolver.h"

namespace ibuild::cli {

class RememberingResolver final : public oci::ImageResolver {
 public:
  // `inner` must outlive it.
  explicit RememberingResolver(oci::ImageResolver& inner) : inner_(inner) {}

  oci::ResolvedImage Resolve(const oci::Reference& reference, const oci::Platform& platform,
                             oci::PullPolicy policy) override {
    oci::ResolvedImage image = inner_.Resolve(reference, platform, policy);
    const std::scoped_lock lock(mutex_);
    resolved_.emplace_back(reference, image);
    return image;
  }
  void FetchLayers(const oci::Reference& reference, const oci::ResolvedImage& image,
                   std::stop_token stop) override {
    inner_.FetchLayers(reference, image, std::move(stop));
  }

  // When nobody resolves any more: layers that the store lacks are fetched when they are opened.
  // Must outlive the last use of the store.
  void ServeTo(layers::Store& store) {
    store.AddElsewhere([this, &store](const oci::Descriptor& layer) {
      return Fetch(store, layer.digest) ? store.blobs().Open(layer) : nullptr;
    });
  }

  // When nobody resolves any more.
  const std::vector<std::pair<oci::Reference, oci::ResolvedImage>>& resolved() const {
    return resolved_;
  }

 private:
  // Whether the layer of some base is in the store now.
  bool Fetch(layers::Store& store, const oci::Digest& layer) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [reference, image] : resolved_) {
      for (const oci::Descriptor& part : image.content.layers) {
        if (part.digest != layer) continue;
        inner_.FetchLayers(reference, image, {});
        return store.blobs().Has(layer);
      }
    }
    return false;
  }

  oci::ImageResolver& inner_;
  std::mutex mutex_;
  std::vector<std::pair<oci::Reference, oci::ResolvedImage>> resolved_;
};

}  // namespace ibuild::cli
