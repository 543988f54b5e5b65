#include "containers/engine/changes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "layers/diff/whiteout.h"
#include "layers/tree/read_tree.h"
#include "oci/layer_id.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

class ChangeFinder {
 public:
  ChangeFinder(const std::filesystem::path& upper, const layers::LayeredTree& below)
      : root_(OpenFile(upper, O_RDONLY | O_DIRECTORY)), below_(below) {}

  std::vector<FileChange> Run() {
    Visit("");
    return std::move(changes_);
  }

 private:
  void Visit(const std::string& directory) {
    const UniqueFd fd =
        layers::OpenBelow(root_.get(), directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
    for (const layers::DirectoryName& name : layers::ListNames(fd.get())) {
      const std::string path = layers::JoinBelow(directory, name.name);
      const auto state = layers::StatBelow(root_.get(), path);
      if (!state) continue;
      const bool was_there = below_.Find(CleanPath::Parse(path)).has_value();
      if (layers::IsWhiteout(*state)) {
        if (was_there) changes_.push_back({'D', "/" + path});
        continue;
      }
      changes_.push_back({was_there ? 'C' : 'A', "/" + path});
      if (S_ISDIR(state->st_mode)) Visit(path);
    }
  }

  UniqueFd root_;
  const layers::LayeredTree& below_;
  std::vector<FileChange> changes_;
};

}  // namespace

std::vector<std::filesystem::path> TreeOf(layers::Store& store, const Container& container,
                                          bool own) {
  std::vector<oci::DiffId> layers;
  for (const std::string& layer : container.config.layers) {
    layers.push_back({oci::Digest::Parse(layer)});
  }
  auto stack = store.layer_directories().FindStack(layers);
  if (!stack) {
    throw Error(ErrorKind::kNotFound, fmt::format("the layers of {} are not in the store any more",
                                                  container.config.process.image));
  }
  if (own) stack->push_back(container.files.upper());
  return std::move(*stack);
}

std::vector<FileChange> FindChanges(layers::Store& store, const Container& container) {
  const layers::LayeredTree below(TreeOf(store, container, false));
  return ChangeFinder(container.files.upper(), below).Run();
}

}  // namespace ibuild::containers
