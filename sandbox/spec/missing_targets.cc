#include "sandbox/spec/missing_targets.h"

#include <map>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr int kMaxLinks = 40;  // as in path_resolution(7)

// Where `path` leads when every link on the way is followed inside the root; what is missing ends
// the following.
CleanPath FollowLinks(const RootedDir& root, CleanPath path) {
  for (int links = 0; links < kMaxLinks; ++links) {
    CleanPath reached;
    bool followed = false;
    const std::vector<std::string_view> elements = path.Elements();
    for (std::size_t i = 0; i < elements.size() && !followed; ++i) {
      const CleanPath next = reached.Child(elements[i]);
      const auto state = root.StatIfExists(next);
      if (!state) return path;
      reached = next;
      if (!S_ISLNK(state->st_mode)) continue;
      const std::string target = root.ReadLink(next);
      CleanPath base = target.starts_with("/") ? CleanPath() : next.Parent();
      CleanPath rest = base.Join(target);
      for (std::size_t j = i + 1; j < elements.size(); ++j) rest = rest.Child(elements[j]);
      path = rest;
      followed = true;
    }
    if (!followed) return path;
  }
  throw Error(ErrorKind::kInvalidInput,
              "too many symbolic links at " + PrintableText(path.Absolute()) + " in the image");
}

SurfaceEntry Describe(const RootedDir& root, const CleanPath& path) {
  SurfaceEntry entry{.path = path.text(), .is_directory = true};
  if (const auto state = root.StatIfExists(path)) {
    entry.mode = state->st_mode & 07777;
    entry.uid = state->st_uid;
    entry.gid = state->st_gid;
    entry.seconds = state->st_mtim.tv_sec;
    entry.nanoseconds = static_cast<std::uint32_t>(state->st_mtim.tv_nsec);
  }
  return entry;
}

}  // namespace

std::vector<SurfaceEntry> FindMissingTargets(const RootedDir& root,
                                             const std::vector<MountTarget>& targets) {
  std::map<CleanPath, SurfaceEntry> entries;
  for (const MountTarget& target : targets) {
    const CleanPath path = FollowLinks(root, CleanPath::Parse(target.path));
    if (root.StatIfExists(path)) continue;
    for (CleanPath parent = path.Parent(); !parent.IsRoot(); parent = parent.Parent()) {
      entries.emplace(parent, Describe(root, parent));
    }
    SurfaceEntry leaf{.path = path.text(), .is_directory = target.is_directory};
    if (!target.is_directory) leaf.mode = 0644;
    entries.emplace(path, leaf);
  }
  std::vector<SurfaceEntry> sorted;
  for (auto& [path, entry] : entries) sorted.push_back(std::move(entry));
  return sorted;
}

}  // namespace ibuild::builder
