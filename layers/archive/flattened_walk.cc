#include "layers/archive/flattened_walk.h"

#include <map>
#include <utility>
#include <vector>

namespace ibuild::layers {
namespace {

// Files with several names, by where they are.
class LinkedFiles {
 public:
  std::optional<CleanPath> Meet(const TreeNode& node) {
    if (node.meta.type == FileType::kDirectory || node.link_count < 2) return std::nullopt;
    const auto [found, is_new] = first_paths_.try_emplace({node.layer, node.inode}, node.path);
    return is_new ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::pair<std::size_t, std::uint64_t>, CleanPath> first_paths_;
};

}  // namespace

void WalkFlattened(const LayeredTree& tree,
                   const std::function<void(const FlattenedFile&)>& visit) {
  LinkedFiles linked;
  // A stack of our own: how deep a tree is, is for its author to choose.
  std::vector<TreeNode> pending;
  const auto push_children = [&](const CleanPath& directory) {
    std::vector<TreeNode> children = tree.List(directory);
    std::move(children.rbegin(), children.rend(), std::back_inserter(pending));
  };
  push_children({});
  while (!pending.empty()) {
    TreeNode node = std::move(pending.back());
    pending.pop_back();
    if (node.meta.type == FileType::kSocket) continue;
    const bool is_directory = node.meta.type == FileType::kDirectory;
    const CleanPath path = node.path;
    auto first_path = linked.Meet(node);
    visit({.node = std::move(node), .first_path = std::move(first_path)});
    if (is_directory) push_children(path);
  }
}

}  // namespace ibuild::layers
