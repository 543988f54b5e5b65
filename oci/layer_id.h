// Names of layers and of stacks of layers (image-spec config.md "Layer DiffID", "ChainID").
#pragma once

#include <vector>

#include "oci/digest.h"

namespace ibuild::oci {

// Digest of a layer's uncompressed tar.
struct DiffId {
  Digest digest;
  std::string ToString() const { return digest.ToString(); }
  friend auto operator<=>(const DiffId&, const DiffId&) = default;
};

// Digest that names a stack: ChainID(L0) = DiffID(L0);
// ChainID(L0|…|Ln) = SHA256(ChainID(L0|…|Ln-1) + " " + DiffID(Ln)).
struct ChainId {
  Digest digest;
  std::string ToString() const { return digest.ToString(); }
  friend auto operator<=>(const ChainId&, const ChainId&) = default;
};

// One ChainId for each prefix: result[i] names layers[0..i].
std::vector<ChainId> ComputeChainIds(const std::vector<DiffId>& layers);

// The layer with no entries: 1024 zero bytes.
DiffId EmptyLayerId();

}  // namespace ibuild::oci
