#include "layers/apply/entry_placer.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cerrno>

#include "layers/apply/directory_times.h"
#include "layers/apply/parent_directories.h"
#include "layers/apply/place_entry.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"
#include "support/rooted_dir.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

[[noreturn]] void ThrowBadMember(const CleanPath& path, const std::string& why) {
  throw Error(ErrorKind::kCorrupt, PrintableText(path.Absolute()) + ": " + why);
}

// Says no to what must not be in a layer directory in any case.
void CheckMember(const TarEntry& entry, const CleanPath& path) {
  const FileMeta& meta = entry.meta;
  if (path.text().size() >= PATH_MAX) ThrowBadMember(path, "the path is longer than 4095 bytes");
  if (IsReservedName(path.Name())) {
    throw Error(ErrorKind::kUnsupported,
                PrintableText(path.Absolute()) +
                    ": image layers cannot hold names that begin with \".wh.\"");
  }
  if (meta.type == FileType::kCharDevice && meta.device == 0) {
    ThrowBadMember(path, "device 0:0 would hide a file of the layers below");
  }
  if (meta.type == FileType::kSocket) ThrowBadMember(path, "an archive cannot hold a socket");
  if (meta.type == FileType::kSymlink && meta.link_target.empty()) {
    ThrowBadMember(path, "a symbolic link without a target");
  }
}

}  // namespace

struct EntryPlacer::State {
  State(const std::filesystem::path& directory, const LayeredTree& tree, const ApplyLimits& allowed)
      : host_path(directory),
        root(RootedDir::Open(directory)),
        lower(tree),
        space(CurrentOverlaySpace()),
        left(allowed),
        times(root),
        parents(root, tree, times) {}

  void CountMember(std::uint64_t size);
  void PlaceRoot(const TarEntry& entry);
  void PlaceNew(const CleanPath& written, const TarEntry& entry, ByteSource& content);
  void MoveIn(const CleanPath& written, const TarEntry& entry, ByteSource& content, int workshop);
  bool TryPlace(const PlaceAt& at, const TarEntry& entry, ByteSource& content);
  bool TryMerge(const PlaceAt& at, const TarEntry& entry);
  void PlaceHardLink(const CleanPath& written, const TarEntry& entry);
  CleanPath FindLinkTarget(const CleanPath& written);
  void CopyUp(const ParentDirectories::Parent& parent, const CleanPath& path);
  void Remove(const PlaceAt& at);
  void HideLowerRoot();
  UniqueFd OpenDirectory(const CleanPath& path) const {
    return root.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  }

  const std::filesystem::path host_path;
  const RootedDir root;
  const LayeredTree& lower;
  const OverlaySpace space;
  ApplyLimits left;
  DirectoryTimes times;
  ParentDirectories parents;
  bool root_is_opaque = false;
  bool copied_up = false;
};

EntryPlacer::EntryPlacer(const std::filesystem::path& directory, const LayeredTree& lower,
                         const ApplyLimits& limits)
    : state_(std::make_unique<State>(directory, lower, limits)) {}

EntryPlacer::~EntryPlacer() = default;

void EntryPlacer::Place(const TarEntry& entry, ByteSource& content) {
  const CleanPath written = CleanPath::Parse(entry.name);
  CheckMember(entry, written);
  state_->CountMember(entry.meta.size);
  if (written.IsRoot()) return state_->PlaceRoot(entry);
  if (entry.is_hard_link) return state_->PlaceHardLink(written, entry);
  state_->PlaceNew(written, entry, content);
}

void EntryPlacer::PlaceWhole(const TarEntry& entry, ByteSource& content, int workshop) {
  // Those come into being whole.
  if (entry.is_hard_link || entry.meta.type == FileType::kDirectory) return Place(entry, content);
  const CleanPath written = CleanPath::Parse(entry.name);
  CheckMember(entry, written);
  if (written.IsRoot()) return Place(entry, content);  // which says no
  state_->CountMember(entry.meta.size);
  state_->MoveIn(written, entry, content, workshop);
}

void EntryPlacer::HideName(const CleanPath& path) {
  state_->CountMember(0);
  const ParentDirectories::Parent& parent = state_->parents.Open(path.Parent());
  const CleanPath target = parent.path.Child(path.Name());
  const auto file = StatBelow(state_->root.fd(), target.text());
  if (!file) {
    MakeWhiteout(parent.fd.get(), std::string(target.Name()));
  } else if (S_ISDIR(file->st_mode)) {
    // Made by this very layer, which wins; only what shone through from below goes.
    SetOpaque(state_->OpenDirectory(target).get(), state_->space);
    state_->parents.Forget();
  }
}

void EntryPlacer::HideNamesIn(const CleanPath& directory) {
  state_->CountMember(0);
  const CleanPath path = state_->parents.Open(directory).path;
  if (path.IsRoot()) {
    // overlayfs merges the roots of layers whatever they say: see HideLowerRoot.
    state_->root_is_opaque = true;
    state_->parents.HideLowerRoot();
  } else {
    SetOpaque(state_->OpenDirectory(path).get(), state_->space);
  }
  state_->parents.Forget();
}

void EntryPlacer::Finish() {
  if (state_->root_is_opaque) state_->HideLowerRoot();
  state_->times.Apply();
}

bool EntryPlacer::depends_on_lower() const {
  return state_->root_is_opaque || state_->copied_up || state_->parents.depends_on_lower();
}

void EntryPlacer::State::CountMember(std::uint64_t size) {
  if (left.entries == 0) {
    throw Error(ErrorKind::kResourceExhausted, "the archive holds more members than allowed");
  }
  if (size > left.bytes) {
    throw Error(ErrorKind::kResourceExhausted, "the archive unpacks to more bytes than allowed");
  }
  --left.entries;
  left.bytes -= size;
}

void EntryPlacer::State::PlaceRoot(const TarEntry& entry) {
  if (entry.is_hard_link || entry.meta.type != FileType::kDirectory) {
    throw Error(ErrorKind::kCorrupt, "the archive replaces the root by something else");
  }
  UpdateDirectory({root.fd(), CleanPath()}, entry.meta);
  times.Set(CleanPath(), entry.meta.mtime);
}

bool EntryPlacer::State::TryPlace(const PlaceAt& at, const TarEntry& entry, ByteSource& content) {
  switch (entry.meta.type) {
    case FileType::kRegular:
      return PlaceRegular(at, entry.meta, content);
    case FileType::kDirectory:
      if (!PlaceDirectory(at, entry.meta)) return false;
      times.Set(at.path, entry.meta.mtime);
      return true;
    case FileType::kSymlink:
      return PlaceSymlink(at, entry.meta);
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kFifo:
      return PlaceNode(at, entry.meta);
    case FileType::kSocket:
      break;
  }
  ThrowBadMember(at.path, "an archive cannot hold a socket");
}

// A name that is taken: a directory merges with a directory, everything else makes room. A
// directory in the place of a file or a whiteout hides what the layers below have in theirs.
void EntryPlacer::State::PlaceNew(const CleanPath& written, const TarEntry& entry,
                                  ByteSource& content) {
  const ParentDirectories::Parent& parent = parents.Open(written.Parent());
  const CleanPath path = parent.path.Child(written.Name());
  const PlaceAt at{parent.fd.get(), path};
  if (TryPlace(at, entry, content) || TryMerge(at, entry)) return;
  Remove(at);
  TryPlace(at, entry, content);
  if (entry.meta.type == FileType::kDirectory) SetOpaque(OpenDirectory(path).get(), space);
  parents.Forget();
}

void EntryPlacer::State::MoveIn(const CleanPath& written, const TarEntry& entry,
                                ByteSource& content, int workshop) {
  const ParentDirectories::Parent& parent = parents.Open(written.Parent());
  const CleanPath path = parent.path.Child(written.Name());
  const PlaceAt at{parent.fd.get(), path};
  if (!TryPlace({workshop, path}, entry, content)) {
    throw Error(ErrorKind::kInternal, path.Absolute() + ": something is left of another file");
  }
  const auto before = StatBelow(root.fd(), path.text());
  if (before && S_ISDIR(before->st_mode)) Remove(at);
  const std::string name = at.name();
  if (::renameat(workshop, name.c_str(), at.directory, name.c_str()) != 0) {
    ThrowErrno("replace " + path.Absolute());
  }
  if (before) parents.Forget();
}

bool EntryPlacer::State::TryMerge(const PlaceAt& at, const TarEntry& entry) {
  const auto file = StatBelow(root.fd(), at.path.text());
  const bool both = file && S_ISDIR(file->st_mode) && entry.meta.type == FileType::kDirectory;
  if (!both) return false;
  UpdateDirectory(at, entry.meta);
  times.Set(at.path, entry.meta.mtime);
  return true;
}

void EntryPlacer::State::PlaceHardLink(const CleanPath& written, const TarEntry& entry) {
  const CleanPath target = FindLinkTarget(CleanPath::Parse(entry.hard_link));
  const ParentDirectories::Parent& parent = parents.Open(written.Parent());
  const CleanPath path = parent.path.Child(written.Name());
  if (path == target) ThrowBadMember(path, "a hard link to itself");
  const PlaceAt at{parent.fd.get(), path};
  const UniqueFd target_directory = root.OpenParent(target);
  const auto link = [&] {
    return ::linkat(target_directory.get(), std::string(target.Name()).c_str(), at.directory,
                    at.name().c_str(), 0) == 0;
  };
  if (link()) return;
  if (errno != EEXIST) ThrowErrno("link " + path.Absolute() + " to " + target.Absolute());
  Remove(at);
  if (!link()) ThrowErrno("link " + path.Absolute() + " to " + target.Absolute());
  parents.Forget();
}

// The file itself, its parents' links followed, in the layer directory: what only the layers below
// have is copied up first, as link(2) does on overlayfs.
CleanPath EntryPlacer::State::FindLinkTarget(const CleanPath& written) {
  if (written.IsRoot()) ThrowBadMember(written, "a hard link to a directory");
  const ParentDirectories::Parent& parent = parents.Open(written.Parent());
  CleanPath path = parent.path.Child(written.Name());
  const auto file = StatBelow(root.fd(), path.text());
  if (!file) CopyUp(parent, path);
  if (file && S_ISDIR(file->st_mode)) ThrowBadMember(path, "a hard link to a directory");
  if (file && IsWhiteout(*file)) ThrowBadMember(path, "a hard link to a file that is not there");
  return path;
}

void EntryPlacer::State::CopyUp(const ParentDirectories::Parent& parent, const CleanPath& path) {
  std::optional<TreeNode> node;
  if (parent.lower_visible) node = lower.Find(path);
  if (!node) ThrowBadMember(path, "a hard link to a file that is not there");
  const PlaceAt at{parent.fd.get(), path};
  copied_up = true;
  switch (node->meta.type) {
    case FileType::kRegular: {
      node->meta.xattrs = lower.ReadXattrs(*node);
      FdSource content(lower.OpenRegular(*node));
      PlaceRegular(at, node->meta, content);
      return;
    }
    case FileType::kSymlink:
      PlaceSymlink(at, node->meta);
      return;
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kFifo:
      PlaceNode(at, node->meta);
      return;
    case FileType::kDirectory:
    case FileType::kSocket:
      ThrowBadMember(path, "a hard link to a directory");
  }
}

void EntryPlacer::State::Remove(const PlaceAt& at) {
  if (::unlinkat(at.directory, at.name().c_str(), 0) == 0) return;
  if (errno != EISDIR) ThrowErrno("replace " + at.path.Absolute());
  RemoveTree(host_path / at.path.text());
  times.Forget(at.path);
}

void EntryPlacer::State::HideLowerRoot() {
  times.Keep(CleanPath(), root.fd());
  for (const TreeNode& node : lower.List(CleanPath())) {
    const auto file = StatBelow(root.fd(), node.path.text());
    if (!file) {
      MakeWhiteout(root.fd(), node.path.text());
    } else if (S_ISDIR(file->st_mode)) {
      SetOpaque(OpenDirectory(node.path).get(), space);
    }
  }
}

}  // namespace ibuild::layers
