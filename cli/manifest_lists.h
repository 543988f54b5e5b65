// Manifest lists of the store, as podman and buildah have them: indexes under a name.
#pragma once

#include <vector>

#include "layers/store/store.h"
#include "oci/manifest.h"
#include "oci/reference.h"

namespace ibuild::cli {

// `list`: an index of the store.
std::vector<oci::Descriptor> ListEntries(layers::Store& store, const oci::Descriptor& list);

// The name means these from now on; what it meant before goes, unless another name has it.
void SetList(layers::Store& store, const oci::Reference& name,
             const std::vector<oci::Descriptor>& entries);

// Each image once.
void AddEach(std::vector<oci::Descriptor>& entries, const std::vector<oci::Descriptor>& more);

// Throws kInvalidInput where the name means an image.
void RefuseImageAsList(layers::Store& store, const oci::Reference& name);

// A list that is not there is made. Throws like RefuseImageAsList.
void AddToList(layers::Store& store, const oci::Reference& name,
               const std::vector<oci::Descriptor>& images);

}  // namespace ibuild::cli
