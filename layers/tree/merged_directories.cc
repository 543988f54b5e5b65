#include "layers/tree/merged_directories.h"

#include <fcntl.h>

#include <mutex>

#include "layers/tree/read_tree.h"

namespace ibuild::layers {

MergedDirectories::MergedDirectories(const std::vector<UniqueFd>& roots)
    : roots_(roots), space_(CurrentOverlaySpace()) {
  // The roots of lower layers always merge: overlayfs asks no root whether it is opaque.
  Contributors all;
  for (std::size_t layer = roots.size(); layer > 0; --layer) {
    all.push_back(static_cast<std::uint32_t>(layer - 1));
  }
  known_.emplace(std::string(), std::move(all));
}

const Contributors& MergedDirectories::Find(std::string_view path) const {
  if (const Contributors* known = FindKnown(path)) return *known;
  // The nearest ancestor that is known, then down again element by element.
  std::size_t end = path.size();
  const Contributors* parent = nullptr;
  while (parent == nullptr) {
    const std::size_t slash = path.rfind('/', end - 1);
    end = slash == std::string_view::npos ? 0 : slash;
    parent = FindKnown(path.substr(0, end));
  }
  while (end < path.size()) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) end = path.size();
    parent = &Learn(std::string(path.substr(0, end)), *parent);
  }
  return *parent;
}

const Contributors* MergedDirectories::FindKnown(std::string_view path) const {
  const std::shared_lock lock(mutex_);
  const auto known = known_.find(path);
  return known == known_.end() ? nullptr : &known->second;
}

const Contributors& MergedDirectories::Learn(const std::string& path,
                                             const Contributors& parent) const {
  Contributors found;
  for (const std::uint32_t layer : parent) {
    const auto file = StatBelow(roots_[layer].get(), path);
    if (!file) continue;
    if (!S_ISDIR(file->st_mode)) break;
    found.push_back(layer);
    // Below the lowest layer of the parent there is nothing left to hide.
    if (layer != parent.back() && IsOpaqueAt(layer, path)) break;
  }
  const std::unique_lock lock(mutex_);
  return known_.emplace(path, std::move(found)).first->second;
}

bool MergedDirectories::IsOpaqueAt(std::uint32_t layer, const std::string& path) const {
  return IsOpaque(OpenBelow(roots_[layer].get(), path, O_DIRECTORY).get(), space_);
}

}  // namespace ibuild::layers
