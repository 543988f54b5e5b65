// One file of a tree of layers made real in a directory: content, owner, attributes, mode, time.
#pragma once

#include "layers/tree/layered_tree.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

// `path` in `to` must be free and its parent a real directory. The times of directories are the
// caller's, as whatever is put into them changes them. Sockets are left out.
void PlaceNode(const layers::LayeredTree& from, const layers::TreeNode& node, const RootedDir& to,
               const CleanPath& path);
// A directory that is there already gets the metadata of this one.
void UpdateNode(const layers::LayeredTree& from, const layers::TreeNode& node, const RootedDir& to,
                const CleanPath& path);

// Another name for a file that was placed before.
void LinkNode(const RootedDir& root, const CleanPath& existing, const CleanPath& path);

// Takes away whatever is at `path`, a directory with all it holds; missing is fine.
void RemoveAt(const RootedDir& root, const CleanPath& path);

void SetDirectoryTime(const RootedDir& root, const CleanPath& path, UnixTime mtime);

}  // namespace ibuild::builder
