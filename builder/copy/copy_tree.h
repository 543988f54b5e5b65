// Copies selected files into a layer: the rules of COPY about names, owners, modes and links
// (Dockerfile reference, "COPY", as BuildKit carries them out).
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "builder/copy/chmod.h"
#include "builder/copy/ownership.h"
#include "builder/copy/selection.h"
#include "builder/copy/upper_writer.h"

namespace ibuild::builder {

// --chown and --chmod.
struct CopyAttributes {
  std::optional<Owner> owner;
  std::optional<ModeChange> mode;

  NewDirectory ForNewDirectory() const;
  void ApplyTo(layers::FileMeta& meta) const;
};

// The copying of one selected source: hard links among the regular files that it holds are kept,
// those between the matches of a wildcard are not.
class TreeCopier {
 public:
  TreeCopier(const SourceTree& from, UpperWriter& to, const CopyAttributes& attributes)
      : from_(from), to_(to), attributes_(attributes) {}

  // A single file; `destination` is its full, resolved path.
  void CopyFile(const SourceEntry& file, const CleanPath& destination);
  // What the directory holds goes into `destination`, which is made when missing (0755, the owner
  // of --chown) and otherwise keeps its mode and owner; its time becomes the source's.
  void CopyContents(const SelectedSource& directory, const CleanPath& destination);

 private:
  void Place(const SourceEntry& entry, const CleanPath& destination);
  void PlaceDirectory(const SelectedFile& file, const CleanPath& destination);
  layers::FileMeta MetaOf(const SourceEntry& entry) const;
  bool PlaceAsLink(const SourceEntry& entry, const CleanPath& destination);

  const SourceTree& from_;
  UpperWriter& to_;
  const CopyAttributes& attributes_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, CleanPath> links_;
};

}  // namespace ibuild::builder
