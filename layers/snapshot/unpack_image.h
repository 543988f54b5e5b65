// Makes sure that every layer of an image exists as a directory.
//
// Layers are unpacked from the lowest up, each in the light of those below it (apply/). A layer is
// published under its DiffId alone when nothing below had a say in it, else above its stack. What
// goes in is checked three times: the blob against its descriptor, the plain tar against the
// DiffId at the same place in the config, and the number of layers against the config.
#pragma once

#include <filesystem>
#include <vector>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "support/report.h"

namespace ibuild::layers {

// The layer directories of the image, lowest first (LayerStore::FindStack), unpacking from blobs
// what is missing. Throws kCorrupt naming the layer; kNotFound when its blob is not in the store.
// Two processes that unpack the same layer do the work once. Needs root (of a user namespace).
std::vector<std::filesystem::path> UnpackImage(Store& store, const oci::Manifest& manifest,
                                               const oci::ImageConfig& config, Reporter& reporter);

}  // namespace ibuild::layers
