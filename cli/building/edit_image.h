// What podman and buildah do to an image after its last step: variables and labels, and layers
// made one.
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "layers/store/store.h"
#include "support/report.h"

namespace ibuild::cli {

struct ConfigEdit {
  std::vector<std::string> env = {};  // "NAME=VALUE"; "NAME" takes ours
  std::vector<std::string> unset_env = {};
  std::vector<std::string> unset_labels = {};

  bool IsEmpty() const { return env.empty() && unset_env.empty() && unset_labels.empty(); }
};

// The result with every image edited; the cached steps stay as they are.
builder::BuildResult EditImages(layers::Store& store, builder::BuildResult result,
                                const ConfigEdit& edit);

// Every image with one layer that holds its files. Needs the layers as directories (UnpackImage),
// and root (of a user namespace).
builder::BuildResult SquashImages(layers::Store& store, builder::BuildResult result);

}  // namespace ibuild::cli
