#include "layers/tree/layered_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <deque>
#include <set>

#include "layers/tree/merged_directories.h"
#include "layers/tree/node_owners.h"
#include "layers/tree/read_tree.h"
#include "layers/tree/xattrs.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxLinks = 40;  // as Linux itself (path_resolution(7))

std::vector<UniqueFd> OpenRoots(const std::vector<std::filesystem::path>& layers) {
  std::vector<UniqueFd> roots;
  roots.reserve(layers.size());
  for (const auto& layer : layers) {
    roots.push_back(OpenFile(layer, O_PATH | O_DIRECTORY));
    LoadNodeOwners(roots.back().get());
  }
  return roots;
}

TreeNode BareRoot() {
  TreeNode root;
  root.meta.type = FileType::kDirectory;
  root.meta.mode = 0755;
  return root;
}

void PushElements(std::deque<std::string>& elements, std::string_view path) {
  std::size_t position = 0;
  for (const std::string_view element : Split(path, '/')) {
    if (element.empty() || element == ".") continue;
    elements.emplace(elements.begin() + static_cast<std::ptrdiff_t>(position++), element);
  }
}

}  // namespace

struct LayeredTree::State {
  explicit State(std::vector<std::filesystem::path> layers)
      : paths(std::move(layers)), roots(OpenRoots(paths)), directories(roots) {}

  TreeNode NodeAt(CleanPath path, std::size_t layer, const struct stat& file) const {
    TreeNode node;
    node.meta = ReadMeta(roots[layer].get(), path.text(), file);
    node.path = std::move(path);
    node.layer = layer;
    node.inode = file.st_ino;
    node.link_count = file.st_nlink;
    return node;
  }

  const std::vector<std::filesystem::path> paths;
  const std::vector<UniqueFd> roots;
  const MergedDirectories directories;
};

LayeredTree::LayeredTree(std::vector<std::filesystem::path> layers)
    : state_(std::make_unique<State>(std::move(layers))) {}
LayeredTree::~LayeredTree() = default;
LayeredTree::LayeredTree(LayeredTree&&) noexcept = default;
LayeredTree& LayeredTree::operator=(LayeredTree&&) noexcept = default;

const std::vector<std::filesystem::path>& LayeredTree::layers() const { return state_->paths; }

std::optional<TreeNode> LayeredTree::Find(const CleanPath& path) const {
  if (path.IsRoot() && state_->roots.empty()) return BareRoot();
  const std::string_view text = path.text();
  const std::size_t slash = text.rfind('/');
  const std::string_view parent = text.substr(0, slash == std::string_view::npos ? 0 : slash);
  for (const std::uint32_t layer : state_->directories.Find(parent)) {
    const auto file = StatBelow(state_->roots[layer].get(), path.text());
    if (!file) continue;
    if (IsWhiteout(*file)) return std::nullopt;
    return state_->NodeAt(path, layer, *file);
  }
  return std::nullopt;
}

CleanPath LayeredTree::Resolve(const CleanPath& path, bool follow_last) const {
  std::deque<std::string> rest;
  PushElements(rest, path.text());
  CleanPath reached;
  int links = 0;
  while (!rest.empty()) {
    const std::string element = std::move(rest.front());
    rest.pop_front();
    if (element == "..") {
      reached = reached.Parent();
      continue;
    }
    CleanPath next = reached.Child(element);
    const auto node = Find(next);
    const bool is_link = node && node->meta.type == FileType::kSymlink;
    if (is_link && (follow_last || !rest.empty())) {
      if (++links > kMaxLinks) {
        throw Error(ErrorKind::kInvalidInput, "too many symbolic links in " + path.Absolute());
      }
      if (node->meta.link_target.starts_with('/')) reached = CleanPath();
      PushElements(rest, node->meta.link_target);
      continue;
    }
    if (node && !rest.empty() && node->meta.type != FileType::kDirectory) {
      throw Error(ErrorKind::kInvalidInput, next.Absolute() + " is not a directory");
    }
    reached = std::move(next);
  }
  return reached;
}

std::vector<TreeNode> LayeredTree::List(const CleanPath& directory) const {
  std::vector<TreeNode> nodes;
  std::set<std::string> seen;
  for (const std::uint32_t layer : state_->directories.Find(directory.text())) {
    const int root = state_->roots[layer].get();
    for (auto& [name, may_be_whiteout] :
         ListNames(OpenBelow(root, directory.text(), O_DIRECTORY).get())) {
      const auto [entry, is_new] = seen.insert(std::move(name));
      if (!is_new) continue;
      CleanPath path = directory.Child(*entry);
      const auto file = StatBelow(root, path.text());
      if (file && !IsWhiteout(*file)) nodes.push_back(state_->NodeAt(path, layer, *file));
    }
  }
  std::sort(nodes.begin(), nodes.end(),
            [](const TreeNode& a, const TreeNode& b) { return a.path < b.path; });
  return nodes;
}

UniqueFd LayeredTree::OpenRegular(const TreeNode& node) const {
  return OpenBelow(state_->roots.at(node.layer).get(), node.path.text());
}

Xattrs LayeredTree::ReadXattrs(const TreeNode& node) const {
  const bool may_have =
      node.meta.type == FileType::kRegular || node.meta.type == FileType::kDirectory;
  if (!may_have || state_->roots.empty()) return {};
  return ReadLayerXattrs(OpenRegular(node).get());
}

std::filesystem::path LayeredTree::HostPath(const TreeNode& node) const {
  if (node.path.IsRoot()) return state_->paths.at(node.layer);
  return state_->paths.at(node.layer) / node.path.text();
}

}  // namespace ibuild::layers
