// What a container has changed of its image's files.
#pragma once

#include <string>
#include <vector>

#include "containers/state/container_store.h"
#include "layers/store/store.h"
#include "layers/tree/layered_tree.h"

namespace ibuild::containers {

struct FileChange {
  char kind;  // 'A' added, 'C' changed, 'D' deleted
  std::string path;
};

// In the order of paths. Needs root (of a user namespace).
std::vector<FileChange> FindChanges(layers::Store& store, const Container& container);

// The directories of the container's image, lowest first; with its own on top when `own`. Throws
// kNotFound when they are not in the store any more.
std::vector<std::filesystem::path> TreeOf(layers::Store& store, const Container& container,
                                          bool own);

}  // namespace ibuild::containers
