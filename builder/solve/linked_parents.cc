#include "builder/solve/linked_parents.h"

#include <fmt/format.h>

#include <vector>

#include "builder/copy/upper_writer.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// From the root down, as far as there are directories.
std::vector<layers::TreeNode> DirectoriesTo(const CleanPath& destination,
                                            const layers::LayeredTree& tree) {
  std::vector<layers::TreeNode> directories;
  CleanPath path;
  for (const std::string_view element : destination.Elements()) {
    path = path.Child(element);
    auto node = tree.Find(path);
    if (!node || node->meta.type != layers::FileType::kDirectory) break;
    node->meta.xattrs = tree.ReadXattrs(*node);
    directories.push_back(*std::move(node));
  }
  return directories;
}

}  // namespace

LinkedParents::LinkedParents(const SolveContext& context, VertexId base,
                             const std::string& destination)
    : context_(context), base_(base), destination_(CleanPath::Parse(destination)) {}

std::string LinkedParents::Description() const {
  const std::vector<oci::DiffId> layers = context_.files.LayersOf(base_);
  if (layers.empty() || destination_.IsRoot()) return {};
  std::string subject = "directories to " + Quote(destination_.text()) + "\n";
  for (const oci::DiffId& layer : layers) subject += layer.ToString() + "\n";
  if (auto known = context_.cache.FindDerived(subject)) return *std::move(known);
  std::string description = Describe();
  context_.cache.PutDerived(subject, description);
  return description;
}

std::string LinkedParents::Describe() const {
  std::string text;
  for (const layers::TreeNode& node : DirectoriesTo(destination_, *context_.files.TreeOf(base_))) {
    text += fmt::format("{:o} {}:{}", node.meta.mode, node.meta.uid, node.meta.gid);
    for (const auto& [name, value] : node.meta.xattrs) {
      text += fmt::format(" {}={}", Quote(name), Quote(value));
    }
    text += "\n";
  }
  return text;
}

void LinkedParents::LayOut(const std::filesystem::path& directory) const {
  const auto below = context_.files.TreeOf(base_);
  UpperWriter writer(directory, *below);
  const auto directories = DirectoriesTo(destination_, *below);
  if (!directories.empty()) {
    writer.SetDirectoryTime(directories.back().path, directories.back().meta.mtime);
  }
  writer.Finish();
}

}  // namespace ibuild::builder
