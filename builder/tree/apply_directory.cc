// A layer directory laid over a plain tree.
#include <fcntl.h>

#include <map>
#include <utility>
#include <vector>

#include "builder/tree/place_node.h"
#include "builder/tree/private_tree.h"
#include "layers/apply/directory_times.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

class Application {
 public:
  Application(const std::filesystem::path& layer, const RootedDir& tree)
      : root_(OpenFile(layer, O_PATH | O_DIRECTORY)),
        view_({layer}),
        tree_(tree),
        space_(layers::CurrentOverlaySpace()),
        times_(tree) {}

  // Depth is bounded by PATH_MAX only, hence a stack of our own.
  void Run() {
    Enter(CleanPath());
    while (!pending_.empty()) {
      const CleanPath directory = std::move(pending_.back());
      pending_.pop_back();
      Visit(directory);
    }
    times_.Apply();
  }

 private:
  void Enter(const CleanPath& path) {
    const auto node = view_.Find(path);
    if (!node) throw Error(ErrorKind::kCorrupt, path.Absolute() + " vanished from its layer");
    UpdateNode(view_, *node, tree_, path);
    times_.Set(path, node->meta.mtime);
    pending_.push_back(path);
  }

  void Visit(const CleanPath& directory) {
    const UniqueFd open = layers::OpenBelow(root_.get(), directory.text(), O_DIRECTORY);
    if (!directory.IsRoot() && layers::IsOpaque(open.get(), space_)) Empty(directory);
    for (const layers::DirectoryName& entry : layers::ListNames(open.get())) {
      Apply(directory.Child(entry.name));
    }
  }

  void Empty(const CleanPath& directory) {
    const UniqueFd open = tree_.OpenAt(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (const layers::DirectoryName& entry : layers::ListNames(open.get())) {
      RemoveAt(tree_, directory.Child(entry.name));
    }
  }

  void Apply(const CleanPath& path) {
    const auto file = layers::StatBelow(root_.get(), path.text());
    if (!file) throw Error(ErrorKind::kCorrupt, path.Absolute() + " vanished from its layer");
    if (layers::IsWhiteout(*file)) return RemoveAt(tree_, path);
    const auto there = layers::StatBelow(tree_.fd(), path.text());
    if (S_ISDIR(file->st_mode)) {
      if (there && !S_ISDIR(there->st_mode)) RemoveAt(tree_, path);
      if (!there || !S_ISDIR(there->st_mode)) PlaceNode(view_, *view_.Find(path), tree_, path);
      return Enter(path);
    }
    if (there) RemoveAt(tree_, path);
    Place(path, *file);
  }

  void Place(const CleanPath& path, const struct stat& file) {
    if (file.st_nlink > 1) {
      const auto [first, is_new] = links_.emplace(file.st_ino, path);
      if (!is_new) return LinkNode(tree_, first->second, path);
    }
    PlaceNode(view_, *view_.Find(path), tree_, path);
  }

  const UniqueFd root_;
  const layers::LayeredTree view_;
  const RootedDir& tree_;
  const layers::OverlaySpace space_;
  std::vector<CleanPath> pending_;
  layers::DirectoryTimes times_;
  std::map<ino_t, CleanPath> links_;
};

}  // namespace

void ApplyLayerDirectory(const std::filesystem::path& layer, const RootedDir& tree) {
  InContext("laying " + layer.parent_path().filename().native() + " over the tree of a stage",
            [&] { Application(layer, tree).Run(); });
}

}  // namespace ibuild::builder
