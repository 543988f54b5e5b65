#include "layers/apply/parent_directories.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "layers/apply/set_metadata.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxLinks = 40;
// Enough for the directories of most layers to be walked once, in little memory.
constexpr std::size_t kMaxKnown = 1024;

FileMeta NewDirectory() {
  FileMeta meta;
  meta.type = FileType::kDirectory;
  meta.mode = 0755;
  return meta;
}

}  // namespace

struct ParentDirectories::Walk {
  const CleanPath& written;
  std::vector<Place> reached;  // the root, and each directory on the way
  std::deque<std::string> rest;
  bool shortened = false;  // `reached` lacks the directories between the root and the last one
  int links = 0;

  void Follow(const std::string& target) {
    if (shortened) return Restart();  // ".." in the target needs them all
    if (++links > kMaxLinks) {
      throw Error(ErrorKind::kCorrupt,
                  "too many symbolic links on the way to " + written.Absolute());
    }
    if (target.starts_with('/')) reached.resize(1);
    Push(target);
  }

  void Restart() {
    shortened = false;
    reached.resize(1);
    rest.clear();
    Push(written.text());
  }

  void Push(std::string_view path) {
    const auto elements = Split(path, '/');
    for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
      if (!element->empty() && *element != ".") rest.emplace_front(*element);
    }
  }
};

ParentDirectories::ParentDirectories(const RootedDir& root, const LayeredTree& lower,
                                     DirectoryTimes& times)
    : root_(root),
      lower_(lower),
      times_(times),
      space_(CurrentOverlaySpace()),
      root_visible_(!lower.layers().empty()) {}

const ParentDirectories::Parent& ParentDirectories::Open(const CleanPath& written) {
  if (last_ && written == last_written_) return *last_;
  last_.reset();
  Place place = Resolve(written);
  Parent parent{std::move(place.path), {}, place.lower_visible};
  parent.fd = root_.OpenAt(parent.path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  times_.Keep(parent.path, parent.fd.get());
  last_written_ = written;
  return last_.emplace(std::move(parent));
}

void ParentDirectories::Forget() {
  known_.clear();
  last_.reset();
}

ParentDirectories::Place ParentDirectories::Resolve(const CleanPath& written) {
  if (const auto known = known_.find(written.text()); known != known_.end()) return known->second;
  Walk walk{written, {Place{CleanPath(), root_visible_}}, {}};
  // Members mostly come parent first, so the parent's parent is mostly known and has no links.
  const auto parent = known_.find(written.Parent().text());
  if (parent != known_.end() && parent->second.path == written.Parent() && !written.IsRoot()) {
    walk.shortened = true;
    walk.reached.push_back(parent->second);
    walk.rest.emplace_back(written.Name());
  } else {
    walk.Push(written.text());
  }
  while (!walk.rest.empty()) {
    const std::string element = std::move(walk.rest.front());
    walk.rest.pop_front();
    Step(walk, element);
  }
  Remember(written, walk.reached.back());
  return walk.reached.back();
}

void ParentDirectories::Step(Walk& walk, const std::string& element) {
  if (element == "..") {
    if (walk.reached.size() > 1) walk.reached.pop_back();
    return;
  }
  CleanPath next = walk.reached.back().path.Child(element);
  if (next.text().size() >= PATH_MAX) {
    throw Error(ErrorKind::kCorrupt, "a path longer than 4095 bytes");
  }
  const auto file = StatBelow(root_.fd(), next.text());
  if (!file) {
    StepMissing(walk, std::move(next));
  } else if (S_ISDIR(file->st_mode)) {
    StepIntoDirectory(walk, std::move(next));
  } else if (S_ISLNK(file->st_mode)) {
    walk.Follow(ReadMeta(root_.fd(), next.text(), *file).link_target);
  } else if (IsWhiteout(*file)) {
    MakeOverWhiteout(next);
    walk.reached.push_back({std::move(next), false});
  } else {
    throw Error(ErrorKind::kCorrupt, next.Absolute() + " is not a directory");
  }
}

void ParentDirectories::StepMissing(Walk& walk, CleanPath next) {
  depends_on_lower_ = true;  // be it only on having nothing there
  std::optional<TreeNode> below;
  if (walk.reached.back().lower_visible) below = lower_.Find(next);
  if (!below) {
    Make(next, NewDirectory());
    walk.reached.push_back({std::move(next), false});
  } else if (below->meta.type == FileType::kDirectory) {
    below->meta.xattrs = lower_.ReadXattrs(*below);
    Make(next, below->meta);
    walk.reached.push_back({std::move(next), true});
  } else if (below->meta.type == FileType::kSymlink) {
    walk.Follow(below->meta.link_target);
  } else {
    throw Error(ErrorKind::kCorrupt, next.Absolute() + " is not a directory");
  }
}

void ParentDirectories::StepIntoDirectory(Walk& walk, CleanPath next) {
  bool visible = walk.reached.back().lower_visible;
  if (visible) {
    const UniqueFd directory = root_.OpenAt(next, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const auto below = lower_.Find(next);
    visible =
        !IsOpaque(directory.get(), space_) && below && below->meta.type == FileType::kDirectory;
  }
  walk.reached.push_back({std::move(next), visible});
}

void ParentDirectories::Make(const CleanPath& path, const FileMeta& meta) {
  const UniqueFd parent = root_.OpenParent(path);
  const std::string name(path.Name());
  times_.Keep(path.Parent(), parent.get());
  if (::mkdirat(parent.get(), name.c_str(), 0700) != 0) ThrowErrno("make " + path.Absolute());
  const UniqueFd made = OpenBelow(parent.get(), name, O_DIRECTORY);
  SetMetadata(made.get(), meta, path.Absolute());
  times_.Set(path, meta.mtime);
}

void ParentDirectories::MakeOverWhiteout(const CleanPath& path) {
  const UniqueFd parent = root_.OpenParent(path);
  if (::unlinkat(parent.get(), std::string(path.Name()).c_str(), 0) != 0) {
    ThrowErrno("replace " + path.Absolute());
  }
  Make(path, NewDirectory());
  // What was hidden by the whiteout must not shine through the directory.
  SetOpaque(root_.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get(), space_);
}

void ParentDirectories::Remember(const CleanPath& written, const Place& place) {
  if (known_.size() >= kMaxKnown) {
    known_.clear();
    times_.Apply();
  }
  known_.emplace(written.text(), place);
}

}  // namespace ibuild::layers
