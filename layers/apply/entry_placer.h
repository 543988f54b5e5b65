// EntryPlacer: puts members of a layer's tar into a layer directory, whatever their names say.
//
// The one door for what layers bring. A member's parent is looked up in the merged view of the
// layer directory above `lower`, links followed inside the root; a parent that is missing in the
// directory is made with the metadata it has in `lower` (0755, owner 0:0 where it is new). The last
// element is never followed: what is there is replaced, a directory over a directory merges.
//
// `directory` must be ours alone while this works in it. Errors: kCorrupt for members that no
// archive should hold, kResourceExhausted past a limit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "layers/apply/layer_applier.h"
#include "layers/tar/entry.h"
#include "layers/tree/layered_tree.h"
#include "support/byte_stream.h"
#include "support/clean_path.h"

namespace ibuild::layers {

class EntryPlacer {
 public:
  EntryPlacer(const std::filesystem::path& directory, const LayeredTree& lower,
              const ApplyLimits& limits);
  ~EntryPlacer();
  EntryPlacer(const EntryPlacer&) = delete;
  EntryPlacer& operator=(const EntryPlacer&) = delete;

  // `content` gives the meta.size bytes of a regular file. A name that would be read as a whiteout
  // is refused (kUnsupported).
  void Place(const TarEntry& entry, ByteSource& content);
  // The same for a directory that stays when this fails: a file is made in `workshop`, an open
  // directory of the same file system, and gets its name when it is whole. What failed is left in
  // `workshop`.
  void PlaceWhole(const TarEntry& entry, ByteSource& content, int workshop);

  // The layers below no longer show `path`. What this directory itself has there stays.
  void HideName(const CleanPath& path);
  // Likewise for everything in `directory` (made if it is missing).
  void HideNamesIn(const CleanPath& directory);

  // Sets the times of the directories. Call once, at the end.
  void Finish();

  // Some member's place or a parent's metadata was decided by what `lower` has or has not.
  bool depends_on_lower() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ibuild::layers
