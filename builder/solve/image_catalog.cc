#include "builder/solve/image_catalog.h"

#include "support/error.h"

namespace ibuild::builder {

const oci::ResolvedImage& ImageCatalog::Get(const oci::Reference& reference,
                                            const oci::Platform& platform) {
  const std::scoped_lock lock(mutex_);
  const auto key = std::pair(reference.ToString(), platform.ToString());
  if (const auto known = images_.find(key); known != images_.end()) return known->second;
  return InContext("resolving image " + reference.Familiar(), [&]() -> const oci::ResolvedImage& {
    return images_.emplace(key, resolver_.Resolve(reference, platform, policy_)).first->second;
  });
}

const oci::ResolvedImage* ImageCatalog::Known(const oci::Reference& reference,
                                              const oci::Platform& platform) {
  const std::scoped_lock lock(mutex_);
  const auto known = images_.find(std::pair(reference.ToString(), platform.ToString()));
  return known == images_.end() ? nullptr : &known->second;
}

void ImageCatalog::Fetch(const oci::Reference& reference, const oci::Platform& platform) {
  const oci::ResolvedImage& image = Get(reference, platform);
  InContext("fetching image " + reference.Familiar(),
            [&] { resolver_.FetchLayers(reference, image); });
}

}  // namespace ibuild::builder
