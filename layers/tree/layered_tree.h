// LayeredTree: the merged, read-only view of a stack of layer directories, without a mount.
//
// It answers what overlayfs would show (whiteouts hide, opaque directories hide everything below
// them, upper wins, directories merge) in user space, with a few system calls per lookup: enough
// for COPY destinations, COPY --from sources, /etc/passwd, and for comparing an upper directory
// with what lies under it. Layer directories are in overlayfs's own form (diff/whiteout.h).
//
// Safe to share between threads. The layer directories must not change while it lives: which of
// them take part in a directory is remembered. Every element but the last has been seen to be a
// real directory before it is walked through, so no lookup leaves the layer directories.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/tree/file_meta.h"
#include "support/clean_path.h"
#include "support/fd.h"

namespace ibuild::layers {

struct TreeNode {
  CleanPath path;           // in the merged view; no element of it but the last may be a link
  std::size_t layer = 0;    // index of the directory that provides it
  FileMeta meta;            // without xattrs: see LayeredTree::ReadXattrs
  std::uint64_t inode = 0;  // with `layer`, identifies hard links; link_count > 1 only
  std::uint64_t link_count = 1;
};

class LayeredTree {
 public:
  // Lowest layer first; empty: a tree with only the root directory (0755, 0:0).
  explicit LayeredTree(std::vector<std::filesystem::path> layers);
  ~LayeredTree();
  LayeredTree(LayeredTree&&) noexcept;
  LayeredTree& operator=(LayeredTree&&) noexcept;

  const std::vector<std::filesystem::path>& layers() const;

  // lstat: no symbolic link is followed, an element on the way that is no directory means nothing.
  std::optional<TreeNode> Find(const CleanPath& path) const;

  // Where `path` leads when links are followed inside the tree, as chroot(2) would see it (".."
  // and absolute targets stay inside): all links, or all but the last element. The result need not
  // exist: then it is the place where it would be created (a dangling link is followed too). Throws
  // kInvalidInput after 40 links, kInvalidInput when an element on the way is no directory.
  CleanPath Resolve(const CleanPath& path, bool follow_last = true) const;

  // The names in a directory, merged and byte-sorted; empty when it is none.
  std::vector<TreeNode> List(const CleanPath& directory) const;

  UniqueFd OpenRegular(const TreeNode& node) const;  // for reading
  Xattrs ReadXattrs(const TreeNode& node) const;     // those that layers carry
  std::filesystem::path HostPath(const TreeNode& node) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ibuild::layers
