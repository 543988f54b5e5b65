#include "builder/copy/source_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::FileType;

constexpr int kMaxLinks = 40;  // as the kernel
constexpr std::size_t kHashBuffer = 256u << 10;

SourceEntry FromNode(layers::TreeNode node) {
  return SourceEntry{.path = std::move(node.path),
                     .meta = std::move(node.meta),
                     .volume = node.layer,
                     .inode = node.inode,
                     .link_count = node.link_count,
                     .ctime = {}};
}

// LayeredTree asks for its own kind of node; the layer and the path are what it goes by.
layers::TreeNode ToNode(const SourceEntry& entry) {
  return layers::TreeNode{.path = entry.path,
                          .layer = static_cast<std::size_t>(entry.volume),
                          .meta = entry.meta,
                          .inode = entry.inode,
                          .link_count = entry.link_count};
}

void PushFront(std::deque<std::string>& pending, std::string_view path) {
  const auto elements = Split(path, '/');
  for (auto it = elements.rbegin(); it != elements.rend(); ++it) pending.emplace_front(*it);
}

}  // namespace

std::optional<SourceEntry> ResolveSource(const SourceTree& tree, const CleanPath& path) {
  std::deque<std::string> pending;
  PushFront(pending, path.text());
  auto current = tree.Find(CleanPath());
  int links = 0;
  while (current && !pending.empty()) {
    const std::string element = std::move(pending.front());
    pending.pop_front();
    if (element.empty() || element == ".") continue;
    if (current->meta.type != FileType::kDirectory) return std::nullopt;
    if (element == "..") {
      current = tree.Find(current->path.Parent());
      continue;
    }
    auto next = tree.Find(current->path.Child(element));
    if (!next || next->meta.type != FileType::kSymlink) {
      current = std::move(next);
      continue;
    }
    if (++links > kMaxLinks) {
      throw Error(ErrorKind::kInvalidInput, "too many symbolic links in " + Quote(path.Absolute()));
    }
    if (next->meta.link_target.starts_with('/')) current = tree.Find(CleanPath());
    PushFront(pending, next->meta.link_target);
  }
  return current;
}

Sha256Value HashFile(int fd) {
  Sha256 hash;
  thread_local const auto memory = std::make_unique_for_overwrite<std::byte[]>(kHashBuffer);
  const std::span buffer(memory.get(), kHashBuffer);
  for (;;) {
    const std::size_t count = ReadUpTo(fd, buffer);
    hash.Update(buffer.first(count));
    if (count < buffer.size()) return hash.Finish();
  }
}

std::optional<SourceEntry> LayeredSource::Find(const CleanPath& path) const {
  auto node = tree_->Find(path);
  if (!node) return std::nullopt;
  return FromNode(*std::move(node));
}

std::vector<SourceEntry> LayeredSource::List(const CleanPath& directory) const {
  std::vector<SourceEntry> entries;
  for (layers::TreeNode& node : tree_->List(directory)) {
    entries.push_back(FromNode(std::move(node)));
  }
  return entries;
}

void LayeredSource::ReadRegular(const SourceEntry& entry, const ReadFile& read) const {
  read(tree_->OpenRegular(ToNode(entry)));
}

layers::Xattrs LayeredSource::ReadXattrs(const SourceEntry& entry) const {
  return tree_->ReadXattrs(ToNode(entry));
}

Sha256Value LayeredSource::HashData(const SourceEntry& entry) const {
  return HashFile(tree_->OpenRegular(ToNode(entry)).get());
}

}  // namespace ibuild::builder
