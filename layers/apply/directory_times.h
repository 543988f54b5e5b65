// DirectoryTimes: remembers what mtime each directory shall have, because placing files into a
// directory changes it; set at the end.
#pragma once

#include <map>

#include "support/clean_path.h"
#include "support/clock.h"
#include "support/rooted_dir.h"

namespace ibuild::layers {

class DirectoryTimes {
 public:
  explicit DirectoryTimes(const RootedDir& root) : root_(root) {}

  void Set(const CleanPath& directory, UnixTime mtime) { times_[directory] = mtime; }
  // Keeps the time that an existing directory has, unless one is set already.
  void Keep(const CleanPath& directory, int fd);
  // `path` is about to become something else.
  void Forget(const CleanPath& path);
  // Sets all of them and starts afresh.
  void Apply();

 private:
  const RootedDir& root_;
  std::map<CleanPath, UnixTime> times_;  // what lies below a path is next to it
};

}  // namespace ibuild::layers
