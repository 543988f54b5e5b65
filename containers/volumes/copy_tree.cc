#include "containers/volumes/copy_tree.h"

#include <fcntl.h>

#include <map>
#include <utility>

#include "layers/apply/entry_placer.h"
#include "layers/apply/layer_applier.h"
#include "layers/apply/set_metadata.h"
#include "support/byte_stream.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

class NoContent final : public ByteSource {
 public:
  std::size_t Read(std::span<std::byte>) override { return 0; }
};

class Copier {
 public:
  Copier(const layers::LayeredTree& tree, layers::EntryPlacer* placer, CopyOwner owner)
      : tree_(tree), placer_(*placer), owner_(owner) {}

  void Copy(const CleanPath& from, const std::string& to) {
    for (const layers::TreeNode& node : tree_.List(from)) {
      if (node.meta.type == layers::FileType::kSocket) continue;
      const std::string name =
          to.empty() ? std::string(node.path.Name()) : to + "/" + std::string(node.path.Name());
      Place(node, name);
      if (node.meta.type == layers::FileType::kDirectory) Copy(node.path, name);
    }
  }

  void Place(const layers::TreeNode& node, const std::string& name) {
    layers::TarEntry entry;
    entry.name = name;
    entry.meta = node.meta;
    if (owner_ == CopyOwner::kRoot) entry.meta.uid = entry.meta.gid = 0;
    NoContent nothing;
    if (node.link_count > 1 && node.meta.type == layers::FileType::kRegular) {
      const auto [first, is_new] = links_.emplace(std::pair(node.layer, node.inode), name);
      entry.is_hard_link = !is_new;
      if (!is_new) {
        entry.hard_link = first->second;
        return placer_.Place(entry, nothing);
      }
    }
    entry.meta.xattrs = tree_.ReadXattrs(node);
    if (node.meta.type != layers::FileType::kRegular) return placer_.Place(entry, nothing);
    FdSource content(tree_.OpenRegular(node));
    placer_.Place(entry, content);
  }

 private:
  const layers::LayeredTree& tree_;
  layers::EntryPlacer& placer_;
  CopyOwner owner_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::string> links_;
};

}  // namespace

void CopyContents(const layers::LayeredTree& tree, const layers::TreeNode& directory,
                  const std::filesystem::path& target) {
  const layers::LayeredTree nothing_below({});
  layers::EntryPlacer placer(target, nothing_below, {});
  Copier(tree, &placer, CopyOwner::kSame).Copy(directory.path, {});
  placer.Finish();
  const UniqueFd fd = OpenFile(target, O_RDONLY | O_DIRECTORY);
  layers::SetMetadata(fd.get(), directory.meta, target.native());
}

void CopyNode(const layers::LayeredTree& tree, const layers::TreeNode& node,
              const CopyTarget& target, CopyOwner owner) {
  layers::EntryPlacer placer(target.root, target.below, {});
  Copier copier(tree, &placer, owner);
  if (!target.name.empty()) copier.Place(node, target.name);
  if (node.meta.type == layers::FileType::kDirectory) copier.Copy(node.path, target.name);
  placer.Finish();
}

}  // namespace ibuild::containers
