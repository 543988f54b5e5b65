// A tar of files becomes an image of one layer: what `docker import` does.
//
// The archive may be compressed (layers/tar/archive_reader.h) and comes from anywhere: its names
// are read here and checked where the layer is unpacked, as those of any layer from a registry are.
#pragma once

#include <string>

#include "layers/store/store.h"
#include "oci/image_config.h"
#include "support/fd.h"

namespace ibuild::layers {

// Keeps the image: `config` with this layer and its history entry added, which says `comment`.
// The layer's bytes are canonical (layers/tar/writer.h), so equal files in equal order are an equal
// layer. Throws kInvalidInput when `file` is no tar, kCorrupt when it is a damaged one.
oci::Descriptor ImportRootfs(Store& store, const UniqueFd& file, oci::ImageConfig config,
                             const std::string& comment);

}  // namespace ibuild::layers
