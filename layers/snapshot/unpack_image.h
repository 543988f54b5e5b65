// Makes sure that every layer of an image exists as a directory.
#pragma once

#include <filesystem>
#include <vector>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "support/report.h"

namespace ibuild::layers {

// The layer directories of the image, lowest first, unpacking from blobs what is missing (blob
// digest, decompressed DiffId and order are all verified against the config). Throws kCorrupt
// naming the layer. Two processes that unpack the same layer do the work once.
std::vector<std::filesystem::path> UnpackImage(Store& store, const oci::Manifest& manifest,
                                               const oci::ImageConfig& config, Reporter& reporter);

}  // namespace ibuild::layers
