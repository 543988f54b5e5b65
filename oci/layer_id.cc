#include "oci/layer_id.h"

#include <string>

namespace ibuild::oci {

std::vector<ChainId> ComputeChainIds(const std::vector<DiffId>& layers) {
  std::vector<ChainId> chain;
  chain.reserve(layers.size());
  for (const DiffId& layer : layers) {
    if (chain.empty()) {
      chain.push_back({layer.digest});
    } else {
      chain.push_back({Digest::OfText(chain.back().ToString() + " " + layer.ToString())});
    }
  }
  return chain;
}

DiffId EmptyLayerId() {
  static const DiffId id{Digest::OfText(std::string(1024, '\0'))};
  return id;
}

}  // namespace ibuild::oci
