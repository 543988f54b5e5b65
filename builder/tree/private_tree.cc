#include "builder/tree/private_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "builder/tree/place_node.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/layered_tree.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

bool IsSameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool IsEarlier(const timespec& a, const timespec& b) {
  return std::tie(a.tv_sec, a.tv_nsec) < std::tie(b.tv_sec, b.tv_nsec);
}

ino_t InodeOf(const std::filesystem::path& path) {
  struct stat state;
  return ::stat(path.c_str(), &state) == 0 ? state.st_ino : 0;
}

// Writes changed files of a tree into an empty directory, with the directories above them.
class ChangeWriter {
 public:
  ChangeWriter(const std::filesystem::path& tree, const std::filesystem::path& upper)
      : view_({tree}), upper_(RootedDir::Open(upper.native())) {
    Keep(CleanPath());
  }

  void AddChanged(const CleanPath& path) {
    const auto node = view_.Find(path);
    if (!node || node->meta.type == layers::FileType::kSocket) return;
    if (node->meta.type == layers::FileType::kDirectory) return Keep(path);
    Keep(path.Parent());
    if (node->link_count > 1) {
      const auto [first, is_new] = links_.emplace(node->inode, path);
      if (!is_new) return LinkNode(upper_, first->second, path);
    }
    PlaceNode(view_, *node, upper_, path);
  }

  // A name that is gone from a directory that is still there.
  void AddRemoved(const CleanPath& path) {
    const auto parent = view_.Find(path.Parent());
    if (!parent || parent->meta.type != layers::FileType::kDirectory) return;
    Keep(path.Parent());
    layers::MakeWhiteout(upper_.OpenParent(path).get(), std::string(path.Name()));
  }

  // As with an overlay, such a directory is no change when what came and went leaves none.
  void NoteMovedByEntries(const CleanPath& directory) { moved_.insert(directory); }

  void Finish() {
    for (const auto& [path, mtime] : directories_) SetDirectoryTime(upper_, path, mtime);
    for (const CleanPath& directory : moved_) LetAnEntryComeAndGo(directory);
  }

 private:
  void Keep(const CleanPath& directory) {
    if (directories_.contains(directory)) return;
    const auto node = view_.Find(directory);
    if (!node) throw Error(ErrorKind::kInternal, "a directory vanished from the tree of a stage");
    if (directory.IsRoot()) {
      UpdateNode(view_, *node, upper_, directory);
    } else {
      Keep(directory.Parent());
      PlaceNode(view_, *node, upper_, directory);
    }
    directories_.emplace(directory, node->meta.mtime);
  }

  // Leaves mtime and ctime at one moment, which no call sets, and atime behind.
  void LetAnEntryComeAndGo(const CleanPath& path) {
    const UniqueFd directory = upper_.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    constexpr timespec kTimes[2] = {{.tv_sec = 0, .tv_nsec = 0},
                                    {.tv_sec = 0, .tv_nsec = UTIME_OMIT}};
    if (::futimens(directory.get(), kTimes) != 0) ThrowErrno("set time of " + path.Absolute());
    const std::string entry = ".ibuild-" + RandomHex(8);
    if (::mkdirat(directory.get(), entry.c_str(), 0700) != 0 ||
        ::unlinkat(directory.get(), entry.c_str(), AT_REMOVEDIR) != 0) {
      ThrowErrno("change " + path.Absolute());
    }
  }

  const layers::LayeredTree view_;
  const RootedDir upper_;
  std::map<CleanPath, UnixTime> directories_;
  std::set<CleanPath> moved_;
  std::map<std::uint64_t, CleanPath> links_;
};

}  // namespace

PrivateTree::PrivateTree(std::filesystem::path directory)
    : directory_(std::move(directory)), files_(directory_ / "tree") {
  MakeDirectories(directory_, 0700);
  MakeDirectories(files_, 0755);
  if (::chmod(files_.c_str(), 0755) != 0) ThrowErrno("set the mode of a tree");
}

PrivateTree::~PrivateTree() { TryRemoveTree(directory_); }

std::filesystem::path PrivateTree::NewStash() {
  std::filesystem::path stash = directory_ / ("stash" + std::to_string(stashes_++));
  MakeDirectories(stash, 0700);
  return stash;
}

bool PrivateTree::IsPrefixOf(const std::vector<std::filesystem::path>& layers) const {
  if (layers_.size() > layers.size()) return false;
  if (!std::equal(layers_.begin(), layers_.end(), layers.begin())) return false;
  if (taken_ == 0) return true;
  return layers_.size() < layers.size() && InodeOf(layers[layers_.size()]) == taken_;
}

// What TakeChanges wrote is applied like all others: it has since been given its final times.
void PrivateTree::Advance(const std::vector<std::filesystem::path>& layers) {
  const RootedDir tree = RootedDir::Open(files_.native());
  for (std::size_t i = layers_.size(); i < layers.size(); ++i) {
    ApplyLayerDirectory(layers[i], tree);
    layers_.push_back(layers[i]);
  }
  taken_ = 0;
  index_ = LookAtAll();
  LetTimePass(index_);
}

// The kernel's clock for files ticks some hundred times a second: what is written in the tick in
// which it was looked at would look the same.
void PrivateTree::LetTimePass(const Index& index) {
  timespec last{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &last);  // directories were read until now
  for (const auto& [path, seen] : index) {
    if (IsEarlier(last, seen.changed)) last = seen.changed;
  }
  for (;;) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    // A clock that was set back is no reason to wait.
    if (IsEarlier(last, now) || now.tv_sec < last.tv_sec) return;
    constexpr timespec kNap{.tv_sec = 0, .tv_nsec = 500'000};
    ::nanosleep(&kNap, nullptr);
  }
}

bool PrivateTree::IsSame(const Seen& a, const Seen& b) {
  return a.inode == b.inode && a.mode == b.mode && a.size == b.size &&
         IsSameTime(a.changed, b.changed) && IsSameTime(a.modified, b.modified);
}

PrivateTree::Index PrivateTree::LookAtAll() const {
  const UniqueFd root = OpenFile(files_, O_PATH | O_DIRECTORY);
  Index index;
  std::vector<std::string> pending = {""};
  while (!pending.empty()) {
    const std::string directory = std::move(pending.back());
    pending.pop_back();
    const UniqueFd open = layers::OpenBelow(root.get(), directory, O_DIRECTORY);
    for (const layers::DirectoryName& entry : layers::ListNames(open.get())) {
      std::string path = layers::JoinBelow(directory, entry.name);
      struct stat file;
      if (::fstatat(root.get(), path.c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0) {
        ThrowErrno("look at /" + path);
      }
      if (S_ISDIR(file.st_mode)) pending.push_back(path);
      index.emplace(std::move(path), Seen{.inode = file.st_ino,
                                          .mode = file.st_mode,
                                          .size = file.st_size,
                                          .changed = file.st_ctim,
                                          .modified = file.st_mtim,
                                          .accessed = file.st_atim});
    }
  }
  return index;
}

// A directory whose time nobody set: entries came or went (layers/diff/overlay_upper tells them
// apart in the same way).
bool PrivateTree::IsMovedByEntries(const Seen& before, const Seen& now) {
  return S_ISDIR(now.mode) && before.inode == now.inode && before.mode == now.mode &&
         !IsSameTime(before.modified, now.modified) && IsSameTime(now.modified, now.changed) &&
         !IsSameTime(now.modified, now.accessed);
}

void PrivateTree::TakeChanges(const std::filesystem::path& upper) {
  const Index now = LookAtAll();
  ChangeWriter writer(files_, upper);
  for (const auto& [path, seen] : now) {
    const auto before = index_.find(path);
    if (before != index_.end() && IsSame(before->second, seen)) continue;
    const CleanPath changed = CleanPath::Parse(path);
    writer.AddChanged(changed);
    if (before != index_.end() && IsMovedByEntries(before->second, seen)) {
      writer.NoteMovedByEntries(changed);
    }
  }
  for (const auto& [path, seen] : index_) {
    if (!now.contains(path)) writer.AddRemoved(CleanPath::Parse(path));
  }
  writer.Finish();
  taken_ = InodeOf(upper);
}

}  // namespace ibuild::builder
