// What an image in the store consists of, kept from prunes and looked for.
#pragma once

#include <vector>

#include "layers/store/reachable.h"
#include "layers/store/store.h"

namespace ibuild::layers {

// What of the image is not in the store, or not what its digest says. Layers of our own making are
// there as directories; one that a shared cache has is as good as here (layer_origins.h). Empty for
// an image that is whole; of an index, when one of its images is. Everything that is found is
// pinned.
std::vector<oci::Digest> FindMissing(Store& store, const oci::Descriptor& image);
std::vector<oci::Digest> FindMissing(const SharedSession& session, oci::BlobStore& blobs,
                                     const oci::Descriptor& image);

// Keeps everything that the image consists of, its layer directories too, from any prune until this
// process ends; throws kNotFound, with what to do, when something of it is missing.
void PinImage(Store& store, const oci::Descriptor& image);

}  // namespace ibuild::layers
