// LayerLost: a layer that a shared cache promised cannot be had. The build goes on without the
// record that named it: the step that makes the layer runs (Build() starts over, and what was done
// meanwhile is found in the store).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "oci/layer_id.h"
#include "support/error.h"

namespace ibuild::builder {

class LayerLost final : public Error {
 public:
  LayerLost(std::vector<oci::DiffId> layers, std::string why)
      : Error(ErrorKind::kUnavailable, std::move(why)), layers_(std::move(layers)) {}

  const std::vector<oci::DiffId>& layers() const { return layers_; }

 private:
  std::vector<oci::DiffId> layers_;
};

}  // namespace ibuild::builder
