// UpperWriter: makes a layer directory by writing files straight into it, seen through the state of
// the file system below it. No mount, no privileges beyond chown(2).
//
// Paths are of the merged view (what is below plus what was written so far) and must be resolved:
// no element but the last may be a link. Writing below a directory that only exists further down
// makes it in the layer too, with the metadata that it has there, times included. Directory times
// are set by Finish, as later writes would change them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "builder/copy/ownership.h"
#include "layers/tree/file_meta.h"
#include "layers/tree/layered_tree.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

// As mkdir(2) has it, a directory without an owner of its own gets the group of one with the
// set-group-id bit that it is made in, and the bit.
struct NewDirectory {
  mode_t mode = 0755;
  std::optional<Owner> owner;    // nothing: 0, and the group that it inherits
  bool inherits_set_gid = true;  // false: the mode is exact
};

class UpperWriter {
 public:
  // `upper`: an empty directory, ours alone. `below` must outlive the writer. `made_at`: the time
  // of directories made on the way; nothing: when that happens.
  UpperWriter(const std::filesystem::path& upper, const layers::LayeredTree& below,
              std::optional<UnixTime> made_at = {});

  // What is at `path` in the merged view; of what was written only type and link target.
  struct Node {
    layers::FileType type = layers::FileType::kRegular;
    std::string link_target;
  };
  std::optional<Node> Find(const CleanPath& path) const;
  // Where `path` leads when links are followed, as LayeredTree::Resolve; throws kInvalidInput
  // `mkdir /a/b: not a directory` when an element on the way is none.
  CleanPath Resolve(const CleanPath& path) const { return ResolveBelow({}, path); }
  // The same with `scope` (resolved) in place of the root: absolute links start there. Throws
  // kInvalidInput when the way leads out of it.
  CleanPath ResolveBelow(const CleanPath& scope, const CleanPath& path) const;

  // Makes `path` and every missing directory above it; what exists stays as it is. True when `path`
  // itself was made. Throws kInvalidInput when a non-directory is in the way.
  bool MakeDirectories(const CleanPath& path, const NewDirectory& attributes);
  // Gives an existing directory mode, owner and xattrs; its time is another matter.
  void SetDirectory(const CleanPath& path, const layers::FileMeta& meta);
  void SetDirectoryTime(const CleanPath& path, UnixTime mtime);

  // The following put something at `path`, whose parent must be a directory. A file that is there
  // is replaced; a directory is an error (`cannot replace to directory /x with file`) unless Remove
  // was called.
  using FillFile = std::function<void(int fd)>;
  void PlaceRegular(const CleanPath& path, const layers::FileMeta& meta, const FillFile& fill);
  void PlaceSymlink(const CleanPath& path, const layers::FileMeta& meta);
  void PlaceSpecial(const CleanPath& path, const layers::FileMeta& meta);  // fifo, device
  // A hard link to a file placed before; false when it is no longer there.
  bool PlaceLink(const CleanPath& path, const CleanPath& existing);
  // Brings a regular file from below into the layer, so that it can be linked to; false when there
  // is none.
  bool CopyUpFile(const CleanPath& path);
  // Gives a file of the layer, under all its names, owner, mode and time; of a link only the owner.
  void SetFile(const CleanPath& path, const layers::FileMeta& meta);
  // Takes away whatever is at `path`, a directory with all it holds, for something else that must
  // be put there next.
  void Remove(const CleanPath& path);

  void Finish();

 private:
  struct Written {
    Node node;
    bool merges = false;   // a directory through which the one below is seen
    bool hides = false;    // a directory in place of one below, which must not be seen
    bool set_gid = false;  // a directory whose group its new files get
    std::optional<UnixTime> mtime;
  };

  const Written* FindWritten(const CleanPath& path) const;
  // What is seen of the layers below at `path`, given what was written above it.
  std::optional<layers::TreeNode> FindBelow(const CleanPath& path) const;
  void CopyUp(const CleanPath& directory);
  void CreateDirectory(const CleanPath& path, const NewDirectory& attributes);
  void SetMode(int parent, const CleanPath& path, mode_t mode);
  void ApplyOwner(int parent, const CleanPath& path, const layers::FileMeta& meta);
  bool HasOwnerAlready(const CleanPath& path, const layers::FileMeta& meta);
  int ParentOf(const CleanPath& path);
  int MakeRoom(const CleanPath& path);
  void Record(const CleanPath& path, layers::FileType type, std::string link_target = {});
  void HideLeftovers(const CleanPath& directory);

  RootedDir upper_;
  const layers::LayeredTree& below_;
  const std::optional<UnixTime> made_at_;
  std::unordered_map<std::string, Written> written_;
  std::set<CleanPath> shadowed_;  // what is below there was replaced
  CleanPath open_path_;           // the directory that open_ is
  UniqueFd open_;
};

}  // namespace ibuild::builder
