// A directory of this machine as a source of COPY: the main context or a named one.
//
// Read in place, never copied. Everything in it belongs to 0:0, whoever owns it here (unless it was
// laid out from an archive, whose owners count), and file capabilities do not count. Lookups do not
// leave the directory. Contents come from the StatIndex where it knows them.
//
// The directory is somebody else's and may change at any moment, but no file is hashed in one state
// and copied in another: what stat(2) says of it is compared before and after each reading, and a
// file that was changed so recently that a further change might not show is hashed once more.
#pragma once

#include <filesystem>

#include "builder/context/stat_index.h"
#include "builder/copy/source_tree.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

class DirectoryTree final : public SourceTree {
 public:
  // `index` must outlive the tree.
  DirectoryTree(const std::filesystem::path& directory, StatIndex& index, bool keep_owners = false)
      : root_(RootedDir::Open(directory.string())), index_(index), keep_owners_(keep_owners) {}

  std::optional<SourceEntry> Find(const CleanPath& path) const override;
  std::vector<SourceEntry> List(const CleanPath& directory) const override;
  void ReadRegular(const SourceEntry& entry, const ReadFile& read) const override;
  layers::Xattrs ReadXattrs(const SourceEntry& entry) const override;
  Sha256Value HashData(const SourceEntry& entry) const override;

 private:
  std::vector<SourceEntry> ListReadable(const CleanPath& directory) const;
  UniqueFd OpenUnchanged(const SourceEntry& entry) const;
  void ExpectUnchanged(const SourceEntry& entry, int file) const;
  StatIndex::Content ContentOf(const SourceEntry& entry) const;

  RootedDir root_;
  StatIndex& index_;
  bool keep_owners_;
};

}  // namespace ibuild::builder
