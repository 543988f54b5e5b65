// A tree seen through .dockerignore: what is excluded is not there (Dockerfile reference,
// ".dockerignore file"). A directory that is excluded itself is there while something below it is
// brought back by a "!" line.
#pragma once

#include <memory>

#include "builder/copy/source_tree.h"
#include "parser/pattern/ignore_file.h"

namespace ibuild::builder {

class IgnoringTree final : public SourceTree {
 public:
  IgnoringTree(std::shared_ptr<const SourceTree> tree, parser::IgnoreFile rules)
      : tree_(std::move(tree)), rules_(std::move(rules)) {}

  std::optional<SourceEntry> Find(const CleanPath& path) const override;
  std::vector<SourceEntry> List(const CleanPath& directory) const override;
  void ReadRegular(const SourceEntry& entry, const ReadFile& read) const override;
  layers::Xattrs ReadXattrs(const SourceEntry& entry) const override;
  Sha256Value HashData(const SourceEntry& entry) const override;

 private:
  bool Visible(const SourceEntry& entry) const;
  bool HoldsVisible(const CleanPath& directory) const;

  std::shared_ptr<const SourceTree> tree_;
  parser::IgnoreFile rules_;
};

}  // namespace ibuild::builder
