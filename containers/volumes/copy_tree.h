// Copies what an image or container has, with modes, times and attributes.
#pragma once

#include <filesystem>
#include <string>

#include "layers/tree/layered_tree.h"

namespace ibuild::containers {

// Whose the copies are.
enum class CopyOwner { kSame, kRoot };

// Into an existing directory, which gets the mode and owner of the source; files that are in the
// way are replaced. Needs root (of a user namespace).
void CopyContents(const layers::LayeredTree& tree, const layers::TreeNode& directory,
                  const std::filesystem::path& target);

struct CopyTarget {
  std::filesystem::path root;  // of the tree that gets the copy; nothing is written outside
  layers::LayeredTree below;   // what lies under it
  std::string name;            // in it
};
// One file, or a directory with all that it holds, under a new name; a directory that is there is
// merged with.
void CopyNode(const layers::LayeredTree& tree, const layers::TreeNode& node,
              const CopyTarget& target, CopyOwner owner);

}  // namespace ibuild::containers
