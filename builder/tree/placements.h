// What a step finds in its tree besides the image's files, while it runs.
//
// Where the kernel mounts, only mount points are missing from a plain tree, and views of layers
// that take an overlay. Where it does not (chroot), what would be mounted is put in its place:
// files are written, directories copied, a cache moved in and out, and the image's own file waits
// in a stash. Everything is undone afterwards, and directories get back the time that they had
// unless the step changed it itself, so that nothing of it is in the layer.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "builder/tree/private_tree.h"
#include "sandbox/spec/spec.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

class Placements {
 public:
  explicit Placements(PrivateTree& tree);
  Placements(const Placements&) = delete;
  Placements& operator=(const Placements&) = delete;
  ~Placements();  // undoes what Undo did not, without complaint

  // Views of layers become copies, bound in their place: those to be written, which no overlay
  // can be had for, and with `all` the others, too. False when there was none.
  bool CopyViews(SandboxSpec* spec, bool all);
  // The mount points of `spec` that the tree lacks.
  void MakeMountPoints(const SandboxSpec& spec);
  // /dev, /etc/hosts, /etc/resolv.conf and spec.mounts.
  void PutAll(const SandboxSpec& spec);
  void Undo();

 private:
  struct Times {
    timespec before = {};
    timespec placed = {};
  };

  CleanPath Resolve(const std::string& target) const;
  void MakeParents(const CleanPath& path);
  void MakeDirectory(const CleanPath& path);
  // Makes `path` free; what is there comes back at the end.
  void MakeRoom(const CleanPath& path);
  void RememberTime(const CleanPath& directory);
  void NoteTimes();
  void RestoreTimes(const std::map<CleanPath, timespec>& found);

  void PutDevices();
  void PutFile(const CleanPath& path, const std::string& content, const MemoryFile& looks);
  void Put(const CleanPath& path, const MountEntry& mount);
  void PutBind(const CleanPath& path, const BindMount& mount);
  BindMount CopyOf(const OverlayMount& view);
  void CopyIn(const std::vector<std::filesystem::path>& layers, const std::string& source,
              const CleanPath& path);

  PrivateTree& tree_;
  RootedDir root_;
  std::vector<std::function<void()>> undo_;
  std::map<CleanPath, Times> times_;
};

}  // namespace ibuild::builder
