// LayerOrigins: where layers that are not in the store can be had.
//
// A build that a shared cache answered may end in an image whose layers nobody has needed yet. For
// each of them the store remembers the blob that holds it and the place that has it, so that a
// later run, push or save fetches it then (Store::SetElsewhere). Records of the build cache, so a
// prune that takes the cache takes these.
#pragma once

#include <optional>
#include <string>

#include "layers/store/store.h"
#include "oci/descriptor.h"
#include "oci/layer_id.h"

namespace ibuild::layers {

// LayerOrigin::choice of a layer that is not ours: of a base, in its own registry.
inline constexpr const char* kBaseChoice = "base";

struct LayerOrigin {
  oci::DiffId layer;
  oci::Descriptor blob;  // compressed; digest and size count
  std::string choice;    // how (ChoiceName)
  std::string place;     // what the caller makes of it: "type=registry,ref=…"

  friend bool operator==(const LayerOrigin&, const LayerOrigin&) = default;
};

void RememberOrigin(Store& store, const LayerOrigin& origin);
void ForgetOrigin(Store& store, const oci::DiffId& layer);
// By the layer's DiffId or by the digest of its blob.
std::optional<LayerOrigin> FindOrigin(Store& store, const oci::Digest& digest);

bool HasOrigin(const SharedSession& session, const oci::Digest& digest);

}  // namespace ibuild::layers
