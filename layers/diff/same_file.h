// Whether a file of an upper directory is what the layers below already have.
#pragma once

#include "layers/tree/layered_tree.h"

namespace ibuild::layers {

// Type, mode, owner, device, size, link target, the attributes that layers carry and mtime agree;
// the mtime of directories does not count. When the times have no nanoseconds they came from a tar,
// which cannot tell two writes in one second apart: then the contents are compared too.
bool IsSameFile(const LayeredTree& a, const TreeNode& node_a, const LayeredTree& b,
                const TreeNode& node_b);

}  // namespace ibuild::layers
