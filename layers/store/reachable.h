// What some images consist of. Pure: documents come through a function.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "oci/layer_id.h"

namespace ibuild::layers {

struct Reachability {
  std::set<oci::Digest> blobs;    // manifests, configs, layers as descriptors name them
  std::set<oci::DiffId> layers;   // by the configs
  std::set<oci::ChainId> chains;  // of every prefix of those
  // Of the blobs those that an image may lack: what indexes list, of which a store may hold one
  // platform's image only, and layers that are not distributed with images.
  std::set<oci::Digest> optional;
};

// The text of a document, nothing when it is not in the store or not what its digest says: then
// there is nothing behind it to keep.
using ReadDocument = std::function<std::optional<std::string>(const oci::Descriptor&)>;

// Follows indexes, manifests and configs from the roots. Documents that cannot be understood are
// kept but lead nowhere.
Reachability Reachable(const std::vector<oci::Descriptor>& roots, const ReadDocument& read);

}  // namespace ibuild::layers
