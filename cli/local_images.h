// Images of the store, read: what commands show and run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

namespace ibuild::cli {

// One image of one platform. Its id, as with Docker, is the digest of its configuration.
struct LocalImage {
  std::optional<oci::Reference> name;
  oci::Descriptor root;      // what the name means: a manifest or an index
  oci::Descriptor manifest;  // the root itself, or the index's entry for the platform
  oci::Manifest content;
  oci::ImageConfig config;

  const oci::Digest& id() const { return content.config.digest; }
};

// By a name or the beginning of an id (layers/store/find_image.h). Throws kNotFound with what to do
// next, also when the store has the image only for other platforms.
LocalImage FindImage(layers::Store& store, std::string_view text,
                     const oci::Platform& platform = oci::Platform::Host());

// Reads manifest and configuration; nothing when the store has not the image for the platform (an
// index may be kept of which only some images were pulled).
std::optional<LocalImage> ReadImage(layers::Store& store, const oci::Descriptor& root,
                                    const oci::Platform& platform);

// Bytes of all layers as the manifest describes them.
std::uint64_t SizeOf(const oci::Manifest& manifest);

}  // namespace ibuild::cli
