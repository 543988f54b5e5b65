// Reading image archives into the store: OCI layouts and what `docker save` writes, as a tar
// (plain or compressed, recognised by content) or as a directory.
//
// Archives come from anywhere. Names in them are only ever looked up among the archive's own
// regular files: "..", absolute names and links lead nowhere else, and digests are digests before
// they are part of a path. Every blob is checked against the digest that leads to it; nothing is
// named before everything is here.
#pragma once

#include <filesystem>
#include <vector>

#include "layers/store/store.h"
#include "support/report.h"

namespace ibuild::layers {

struct ImportedImage {
  oci::Descriptor descriptor;
  std::vector<oci::Reference> names;  // may be empty: the archive did not say
};

// The images found, in the archive's order; those with names are named in the store. Throws
// kInvalidInput when it is no image archive, kCorrupt when something in it is not what it says.
std::vector<ImportedImage> ImportArchive(Store& store, const std::filesystem::path& path,
                                         Reporter& reporter);
// The same, and the store learns no name.
std::vector<ImportedImage> ReadArchive(Store& store, const std::filesystem::path& path,
                                       Reporter& reporter);

}  // namespace ibuild::layers
