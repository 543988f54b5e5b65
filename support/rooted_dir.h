// RootedDir: a directory tree whose lookups cannot leave it.
//
// Paths resolve with openat2(2) and RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS: absolute symbolic
// links and ".." are taken relative to the root, whatever another process does to the tree
// meanwhile. Where the kernel lacks openat2 (before 5.6) or a seccomp filter hides it, the same
// rules are kept by walking element by element with O_NOFOLLOW.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "support/clean_path.h"
#include "support/fd.h"

namespace ibuild {

class RootedDir {
 public:
  // `directory` must be a directory; follows links on the way to it (it is ours, not the image's).
  static RootedDir Open(const std::string& directory);
  explicit RootedDir(UniqueFd directory) : fd_(std::move(directory)) {}

  int fd() const { return fd_.get(); }

  // Follows symbolic links, all inside the root (O_NOFOLLOW in `flags`: not the last one). Throws
  // ErrnoError naming the path.
  UniqueFd OpenAt(const CleanPath& path, int flags, mode_t mode = 0) const;
  // Nothing on ENOENT and ENOTDIR.
  std::optional<UniqueFd> OpenIfExists(const CleanPath& path, int flags) const;

  // lstat semantics: the last element is not followed. Nothing when it does not exist.
  std::optional<struct stat> StatIfExists(const CleanPath& path) const;
  std::string ReadLink(const CleanPath& path) const;

  // The directory of `path`, O_PATH, and the last element: what the *at() calls of a leaf
  // operation want. The parent's links are followed in the root.
  UniqueFd OpenParent(const CleanPath& path) const;

 private:
  UniqueFd fd_;
};

}  // namespace ibuild
