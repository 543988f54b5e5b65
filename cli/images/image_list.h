// The images of the store as people list them: a row for each name, and one for each image that has
// none; the youngest first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/local_images.h"
#include "support/clock.h"

namespace ibuild::cli {

struct ListedImage {
  std::optional<oci::Reference> name;  // none: it is untagged ("<none>")
  std::optional<oci::Digest> remote;   // what its registry knows it by
  LocalImage image;
  std::uint64_t size = 0;  // of its files, unpacked
  UnixTime created;
};

// Images that the store has only for other platforms are left out, unless it has no other: then
// any of its platforms stands for it. What is damaged has its own digest for an id.
std::vector<ListedImage> ListImages(layers::Store& store);

// What the layers take unpacked, as far as they were; else what their blobs take. Equal for every
// name and manifest of the same layers.
std::uint64_t UnpackedSize(layers::Store& store, const LocalImage& image);

// "user/app", without docker.io and library; podman writes it in full.
std::string RepositoryName(const oci::Reference& name, bool in_full);

}  // namespace ibuild::cli
