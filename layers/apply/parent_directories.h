// ParentDirectories: finds, or makes, the directory that a member goes into.
//
// A path is walked element by element through the merged view of the layer directory above `lower`:
// links are followed inside the root wherever they are found, what is missing in the directory but
// is a directory below is made with the same metadata (as copying up would), what is nowhere is
// made as 0755, 0:0. The result is a real directory of the layer directory, open.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "layers/apply/directory_times.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/layered_tree.h"
#include "support/clean_path.h"
#include "support/fd.h"
#include "support/rooted_dir.h"

namespace ibuild::layers {

class ParentDirectories {
 public:
  ParentDirectories(const RootedDir& root, const LayeredTree& lower, DirectoryTimes& times);

  struct Parent {
    CleanPath path;              // without links
    UniqueFd fd;                 // O_PATH
    bool lower_visible = false;  // the layers below show through it
  };
  // The reference is good until the next call.
  const Parent& Open(const CleanPath& written);

  // Something that existed was replaced or hidden: what is remembered may lead elsewhere now.
  void Forget();
  void HideLowerRoot() { root_visible_ = false; }

  bool depends_on_lower() const { return depends_on_lower_; }

 private:
  // A directory reached, and whether the layers below show through it.
  struct Place {
    CleanPath path;
    bool lower_visible = false;
  };
  struct Walk;

  Place Resolve(const CleanPath& written);
  void Step(Walk& walk, const std::string& element);
  void StepMissing(Walk& walk, CleanPath next);
  void StepIntoDirectory(Walk& walk, CleanPath next);
  void Make(const CleanPath& path, const FileMeta& meta);
  void MakeOverWhiteout(const CleanPath& path);
  void Remember(const CleanPath& written, const Place& place);

  const RootedDir& root_;
  const LayeredTree& lower_;
  DirectoryTimes& times_;
  OverlaySpace space_;
  bool root_visible_;
  bool depends_on_lower_ = false;
  std::unordered_map<std::string, Place> known_;  // by path as written
  CleanPath last_written_;
  std::optional<Parent> last_;
};

}  // namespace ibuild::layers
