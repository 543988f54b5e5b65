// Images of the store, read: what commands show and run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

namespace ibuild::cli {

class Wiring;

// One image of one platform. Its id, as with Docker, is the digest of its configuration.
struct LocalImage {
  std::optional<oci::Reference> name;
  oci::Descriptor root;      // what the name means: a manifest or an index
  oci::Descriptor manifest;  // the root itself, or the index's entry for the platform
  oci::Manifest content;
  oci::ImageConfig config;

  const oci::Digest& id() const { return content.config.digest; }
};

// By a name or the beginning of an id (cli/image_names.h). Throws kNotFound with what to do next,
// also when the store has the image only for other platforms.
LocalImage FindImage(Wiring& wiring, std::string_view text,
                     const oci::Platform& platform = oci::Platform::Host());
// To look at: this machine's platform when there is an image for it, else any.
LocalImage FindAnyImage(Wiring& wiring, std::string_view text);

// Reads manifest and configuration; nothing when the store has not the image for the platform (an
// index may be kept of which only some images were pulled).
std::optional<LocalImage> ReadImage(layers::Store& store, const oci::Descriptor& root,
                                    const oci::Platform& platform);

// This machine's image of an index, else the first whose manifest and configuration are here.
std::optional<LocalImage> ReadHostOrAny(layers::Store& store, const oci::Descriptor& root);

// Bytes of all layers as the manifest describes them.
std::uint64_t SizeOf(const oci::Manifest& manifest);

}  // namespace ibuild::cli
