// SourceTree: where COPY and ADD take files from, whatever it is: a context directory, the final
// state of another stage, an image.
//
// Paths are below the tree's root and hold no link but as their last element; ResolveSource turns
// what a user wrote into such a path. Safe to share between threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "layers/tree/file_meta.h"
#include "layers/tree/layered_tree.h"
#include "support/clean_path.h"
#include "support/fd.h"
#include "support/sha256.h"

namespace ibuild::builder {

struct SourceEntry {
  CleanPath path;
  layers::FileMeta meta;         // without xattrs: see ReadXattrs
  std::uint64_t volume = 0;      // with `inode`, identifies hard links
  std::uint64_t inode = 0;       // link_count > 1 only
  std::uint64_t link_count = 1;  // of files
  UnixTime ctime;                // where the tree knows it
};

class SourceTree {
 public:
  virtual ~SourceTree() = default;
  // lstat: the last element is not followed.
  virtual std::optional<SourceEntry> Find(const CleanPath& path) const = 0;
  // Byte-sorted by name; empty when it is no directory.
  virtual std::vector<SourceEntry> List(const CleanPath& directory) const = 0;
  // Hands the open file to `read`. Throws kInvalidInput, naming the file, when it is not what
  // `entry` says, before or after: what was read of it must then not be used.
  using ReadFile = std::function<void(const UniqueFd&)>;
  virtual void ReadRegular(const SourceEntry& entry, const ReadFile& read) const = 0;
  virtual layers::Xattrs ReadXattrs(const SourceEntry& entry) const = 0;
  virtual Sha256Value HashData(const SourceEntry& entry) const = 0;
};

// The entry that `path` leads to when every link, the last one too, is followed inside the tree
// (absolute targets and ".." stay inside). Nothing when there is none; throws kInvalidInput after
// 40 links.
std::optional<SourceEntry> ResolveSource(const SourceTree& tree, const CleanPath& path);

// The whole of an open file.
Sha256Value HashFile(int fd);

// A stage's or an image's files.
class LayeredSource final : public SourceTree {
 public:
  explicit LayeredSource(std::shared_ptr<const layers::LayeredTree> tree)
      : tree_(std::move(tree)) {}

  std::optional<SourceEntry> Find(const CleanPath& path) const override;
  std::vector<SourceEntry> List(const CleanPath& directory) const override;
  void ReadRegular(const SourceEntry& entry, const ReadFile& read) const override;
  layers::Xattrs ReadXattrs(const SourceEntry& entry) const override;
  Sha256Value HashData(const SourceEntry& entry) const override;

 private:
  std::shared_ptr<const layers::LayeredTree> tree_;
};

}  // namespace ibuild::builder
