// PrivateTree: a root file system as one plain directory, for where overlayfs cannot be mounted.
//
// It is made of layer directories by copying (shared blocks where the file system has them), which
// is paid once for a stage: the tree follows the stage from step to step. What a step did is found
// by comparing what stat(2) says with what it said before, and written into a layer directory of
// overlayfs's form, as if an overlay had been there. So the layers, and their digests, are the
// same.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/clock.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

class PrivateTree {
 public:
  // `directory` must not exist; it is removed by the destructor.
  explicit PrivateTree(std::filesystem::path directory);
  PrivateTree(const PrivateTree&) = delete;
  PrivateTree& operator=(const PrivateTree&) = delete;
  ~PrivateTree();

  const std::filesystem::path& path() const { return files_; }
  // Beside the tree, on the same file system, for what has to be out of the way during a step.
  std::filesystem::path NewStash();

  // Layers that were applied; lowest first.
  const std::vector<std::filesystem::path>& layers() const { return layers_; }
  // Whether the tree is what these layers begin with: after TakeChanges, only with the layer that
  // it wrote as the next, wherever that was moved to.
  bool IsPrefixOf(const std::vector<std::filesystem::path>& layers) const;
  // Applies the layers that are missing. IsPrefixOf must hold.
  void Advance(const std::vector<std::filesystem::path>& layers);

  // Writes what changed since Advance into `upper`, an empty directory.
  void TakeChanges(const std::filesystem::path& upper);

 private:
  // What stat(2) says of a file that nobody touched.
  struct Seen {
    ino_t inode = 0;
    mode_t mode = 0;
    off_t size = 0;
    timespec changed = {};
    timespec modified = {};
    timespec accessed = {};  // no change by itself: we look, too
  };
  using Index = std::map<std::string, Seen>;

  static bool IsSame(const Seen& a, const Seen& b);
  static bool IsMovedByEntries(const Seen& before, const Seen& now);
  Index LookAtAll() const;
  static void LetTimePass(const Index& index);

  std::filesystem::path directory_;
  std::filesystem::path files_;
  std::vector<std::filesystem::path> layers_;
  ino_t taken_ = 0;  // the directory that TakeChanges wrote, until it was applied; 0: none
  Index index_;
  int stashes_ = 0;
};

// Lays the files of one layer directory over a tree, as overlayfs would show them.
void ApplyLayerDirectory(const std::filesystem::path& layer, const RootedDir& tree);

}  // namespace ibuild::builder
