#include "layers/diff/overlay_upper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "layers/diff/same_file.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

// What overlayfs may have written on an inode of the upper layer.
constexpr std::array<std::string_view, 6> kBookkeeping = {"origin", "impure", "uuid",
                                                          "nlink",  "upper",  "protattr"};
// What a program in the step set under overlayfs's own prefix, which escaped it. No layer carries
// it.
constexpr std::string_view kEscaped = "overlay.";
// Marks by which a file's name or data would be elsewhere. We mount with redirect_dir=off and
// metacopy=off, so they cannot be ours.
constexpr std::array<std::string_view, 2> kForeign = {"redirect", "metacopy"};

// One directory of the upper layer while it is worked on.
struct Level {
  CleanPath path;
  std::vector<DirectoryName> names;
  std::size_t next = 0;
  bool lower_visible = false;  // the layers below have a directory here, and it counts
  bool is_opaque = false;      // itself, or something above it
  bool holds_change = false;
  struct stat found = {};  // as the step left it: our own unlinking is no change
};

bool IsSameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Whether a program gave the directory its time. What comes and goes in a directory moves mtime and
// ctime alone, to the same moment; utimensat(2) to the present moves atime to that moment too, and
// to any other time leaves ctime behind.
bool HasTimeSetByProgram(const struct stat& directory) {
  return !IsSameTime(directory.st_mtim, directory.st_ctim) ||
         IsSameTime(directory.st_mtim, directory.st_atim);
}

bool HasOtherNames(const struct stat& file) { return file.st_nlink > 1; }

class Normalizer {
 public:
  Normalizer(const std::filesystem::path& upper, const LayeredTree& lower)
      : root_(OpenFile(upper, O_PATH | O_DIRECTORY)),
        upper_({upper}),
        lower_(lower),
        space_(CurrentOverlaySpace()) {}

  // Depth is bounded by PATH_MAX only, hence a stack of our own.
  void Run() {
    Enter(CleanPath(), !lower_.layers().empty(), false);
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.names.size()) {
        Leave();
      } else {
        const std::string name = level.names[level.next++].name;
        Visit(level, level.path.Child(name));
      }
    }
  }

 private:
  void Enter(const CleanPath& path, bool lower_visible, bool above_is_opaque) {
    const UniqueFd directory = OpenBelow(root_.get(), path.text(), O_DIRECTORY);
    Level level;
    if (::fstat(directory.get(), &level.found) != 0) ThrowErrno(path.Absolute());
    level.path = path;
    level.names = ListNames(directory.get());
    level.lower_visible = lower_visible;
    level.is_opaque = above_is_opaque || (!path.IsRoot() && IsOpaque(directory.get(), space_));
    levels_.push_back(std::move(level));
  }

  void Visit(Level& level, const CleanPath& path) {
    const auto file = StatBelow(root_.get(), path.text());
    if (!file)
      throw Error(ErrorKind::kCorrupt, path.Absolute() + " vanished while it was compared");
    std::optional<TreeNode> below;
    if (level.lower_visible) below = lower_.Find(path);
    if (IsWhiteout(*file) || S_ISSOCK(file->st_mode)) {
      VisitAbsence(level, path, below.has_value(), IsWhiteout(*file));
      return;
    }
    StripBookkeeping(path);
    if (S_ISDIR(file->st_mode)) {
      const bool merges = below && below->meta.type == FileType::kDirectory;
      Enter(path, merges, merges && level.is_opaque);
      levels_.back().found = *file;  // before the bookkeeping went, which moves ctime
    } else if (below && !HasOtherNames(*file) && IsSame(path, *below)) {
      Unlink(path, 0);
    } else {
      level.holds_change = true;
    }
  }

  // A whiteout of nothing says nothing. A socket cannot be in a layer: nothing was there as far as
  // the layer is concerned, but what it replaced is gone.
  void VisitAbsence(Level& level, const CleanPath& path, bool is_below, bool is_whiteout) {
    if (is_below && is_whiteout) {
      level.holds_change = true;
      return;
    }
    Unlink(path, 0);
    if (!is_below) return;
    MakeWhiteoutAt(path);
    level.holds_change = true;
  }

  // All names of the directory are done: what an opaque directory hid becomes explicit, and a
  // directory that says nothing goes.
  void Leave() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (level.is_opaque) {
      if (level.lower_visible) HideMissing(level);
      ::fremovexattr(OpenBelow(root_.get(), level.path.text(), O_DIRECTORY).get(),
                     OverlayAttribute(space_, "opaque").c_str());
    }
    if (level.path.IsRoot()) return;
    if (!level.holds_change && level.lower_visible && IsUnchanged(level)) {
      Unlink(level.path, AT_REMOVEDIR);
      return;
    }
    const timespec times[2] = {{0, UTIME_OMIT}, level.found.st_mtim};
    if (::utimensat(root_.get(), level.path.text().c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
      ThrowErrno("set time of " + level.path.Absolute());
    }
    levels_.back().holds_change = true;
  }

  void HideMissing(Level& level) {
    std::set<std::string_view> present;
    for (const DirectoryName& entry : level.names) present.insert(entry.name);
    for (const TreeNode& node : lower_.List(level.path)) {
      if (present.contains(node.path.Name())) continue;
      MakeWhiteoutAt(node.path);
      level.holds_change = true;
    }
  }

  // A directory that itself holds nothing new.
  bool IsUnchanged(const Level& level) const {
    const TreeNode below = *lower_.Find(level.path);
    if (!IsSame(level.path, below)) return false;
    const UnixTime& before = below.meta.mtime;
    const bool has_old_time =
        IsSameTime(level.found.st_mtim, {.tv_sec = before.seconds, .tv_nsec = before.nanoseconds});
    if (has_old_time) return true;
    // In the place of one that was removed: the time is that of the new one.
    return !level.is_opaque && !HasTimeSetByProgram(level.found);
  }

  bool IsSame(const CleanPath& path, const TreeNode& below) const {
    const auto node = upper_.Find(path);
    return node && IsSameFile(upper_, *node, lower_, below);
  }

  // By path, because links and devices have such marks too and cannot be opened.
  void StripBookkeeping(const CleanPath& path) const {
    const std::string file = fmt::format("/proc/self/fd/{}/{}", root_.get(), path.text());
    std::array<char, 4096> names;
    const ssize_t size = ::llistxattr(file.c_str(), names.data(), names.size());
    if (size <= 0) return;
    const std::string prefix = OverlayAttribute(space_, "");
    for (const std::string_view name :
         Split(std::string_view(names.data(), static_cast<std::size_t>(size)), '\0')) {
      if (name.starts_with(prefix)) StripMark(file, std::string(name), path);
    }
  }

  void StripMark(const std::string& file, const std::string& name, const CleanPath& path) const {
    const std::string_view mark =
        std::string_view(name).substr(OverlayAttribute(space_, "").size());
    for (const std::string_view foreign : kForeign) {
      if (mark != foreign) continue;
      throw Error(ErrorKind::kUnsupported, path.Absolute() + " carries " + name)
          .WithHint("overlayfs was told not to write such marks; a program in the step must have");
    }
    const bool is_bookkeeping = std::ranges::find(kBookkeeping, mark) != kBookkeeping.end();
    if (is_bookkeeping || mark.starts_with(kEscaped)) ::lremovexattr(file.c_str(), name.c_str());
  }

  void MakeWhiteoutAt(const CleanPath& path) const {
    const UniqueFd parent = OpenBelow(root_.get(), path.Parent().text(), O_DIRECTORY);
    MakeWhiteout(parent.get(), std::string(path.Name()));
  }

  void Unlink(const CleanPath& path, int flags) const {
    if (::unlinkat(root_.get(), path.text().c_str(), flags) != 0) {
      ThrowErrno("drop the unchanged " + path.Absolute());
    }
  }

  const UniqueFd root_;
  const LayeredTree upper_;
  const LayeredTree& lower_;
  const OverlaySpace space_;
  std::vector<Level> levels_;
};

}  // namespace

void NormalizeUpper(const std::filesystem::path& upper, const LayeredTree& lower) {
  InContext("comparing the step's changes with the layers below",
            [&] { Normalizer(upper, lower).Run(); });
}

}  // namespace ibuild::layers
