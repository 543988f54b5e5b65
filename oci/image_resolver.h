// The port through which the builder gets base images, wherever they are.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/reference.h"

namespace ibuild::oci {

struct ResolvedImage {
  Descriptor manifest;  // of the platform's manifest, not of the index
  Manifest content;     // parsed
  ImageConfig config;
  std::string config_text;  // the config blob's own bytes
};

enum class PullPolicy {
  kMissing,  // use what the store has; ask the registry only when it has nothing
  kAlways,   // re-resolve tags; digests still need no network
  kNever,    // kNotFound when the store has nothing
};

// Safe to use from several threads.
class ImageResolver {
 public:
  virtual ~ImageResolver() = default;
  // Finds the image and makes its manifest and config available in the store; layers may still be
  // missing. Throws kNotFound, kUnauthorized, kUnavailable, …
  virtual ResolvedImage Resolve(const Reference& reference, const Platform& platform,
                                PullPolicy policy) = 0;
  // Makes the layer blobs available in the store; only then has the store the whole image, and
  // remembers its name. Throws kCancelled when `stop` is requested.
  virtual void FetchLayers(const Reference& reference, const ResolvedImage& image,
                           std::stop_token stop) = 0;
};

}  // namespace ibuild::oci
