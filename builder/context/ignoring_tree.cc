#include "builder/context/ignoring_tree.h"

#include <algorithm>
#include <utility>

namespace ibuild::builder {

using layers::FileType;

bool IgnoringTree::Visible(const SourceEntry& entry) const {
  if (entry.path.IsRoot() || !rules_.Excluded(entry.path.text())) return true;
  return entry.meta.type == FileType::kDirectory && HoldsVisible(entry.path);
}

// Depth first until the first file that a "!" line brings back; the order of directories does not
// matter, so a list of those still to look into will do.
bool IgnoringTree::HoldsVisible(const CleanPath& directory) const {
  std::vector<CleanPath> pending = {directory};
  while (!pending.empty()) {
    const CleanPath current = std::move(pending.back());
    pending.pop_back();
    if (!rules_.MayIncludeBelow(current.text())) continue;
    for (const SourceEntry& entry : tree_->List(current)) {
      if (!rules_.Excluded(entry.path.text())) return true;
      if (entry.meta.type == FileType::kDirectory) pending.push_back(entry.path);
    }
  }
  return false;
}

std::optional<SourceEntry> IgnoringTree::Find(const CleanPath& path) const {
  auto entry = tree_->Find(path);
  if (entry && !Visible(*entry)) entry.reset();
  return entry;
}

std::vector<SourceEntry> IgnoringTree::List(const CleanPath& directory) const {
  auto entries = tree_->List(directory);
  std::erase_if(entries, [this](const SourceEntry& entry) { return !Visible(entry); });
  return entries;
}

void IgnoringTree::ReadRegular(const SourceEntry& entry, const ReadFile& read) const {
  tree_->ReadRegular(entry, read);
}

layers::Xattrs IgnoringTree::ReadXattrs(const SourceEntry& entry) const {
  return tree_->ReadXattrs(entry);
}

Sha256Value IgnoringTree::HashData(const SourceEntry& entry) const {
  return tree_->HashData(entry);
}

}  // namespace ibuild::builder
