// Every file of a stack of layers, a directory before its children, names in byte order.
#pragma once

#include <functional>
#include <optional>

#include "layers/tree/layered_tree.h"
#include "support/clean_path.h"

namespace ibuild::layers {

struct FlattenedFile {
  TreeNode node;
  // The path under which the same file came before: this one is a hard link to it.
  std::optional<CleanPath> first_path;
};

// The root itself and sockets are passed over.
void WalkFlattened(const LayeredTree& tree, const std::function<void(const FlattenedFile&)>& visit);

}  // namespace ibuild::layers
