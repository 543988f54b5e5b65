// From what a user typed to an image of the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

namespace ibuild::layers {

struct FoundImage {
  oci::Descriptor descriptor;          // manifest or index
  std::vector<oci::Reference> names;   // all of the image with this id; none: it is untagged
  std::optional<oci::Reference> name;  // when it was found by one
};

// `text`: a name (with or without tag, or with digest), or the beginning of an image id (the
// config's digest, with or without "sha256:", four digits at least) or of a manifest's digest.
// Names win. Throws kNotFound (with the nearest name as a hint) and kInvalidInput for an id that
// fits several images, listing them.
FoundImage FindImage(Store& store, std::string_view text);
// The same; nothing when there is none.
std::optional<FoundImage> LookUpImage(Store& store, std::string_view text);

// The id that people see: the config's digest; of an index, and of what cannot be read, its own
// digest.
oci::Digest ImageId(Store& store, const oci::Descriptor& image);

}  // namespace ibuild::layers
