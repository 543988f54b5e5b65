#include "builder/copy/upper_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <utility>
#include <vector>

#include "builder/copy/file_data.h"
#include "layers/diff/whiteout.h"
#include "layers/tree/device_record.h"
#include "layers/tree/xattrs.h"
#include "support/error.h"
#include "support/files.h"
#include "support/recorded_owner.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::FileMeta;
using layers::FileType;

constexpr int kMaxLinks = 40;  // as the kernel

[[noreturn]] void ThrowNotDirectory(const CleanPath& path) {
  throw Error(ErrorKind::kInvalidInput, "mkdir " + path.Absolute() + ": not a directory");
}

[[noreturn]] void ThrowEscape(const CleanPath& path, const CleanPath& scope) {
  throw Error(ErrorKind::kInvalidInput,
              "invalid path " + Quote(path.text()) + ": links lead out of " + scope.Absolute());
}

void SetTime(int parent, const std::string& name, UnixTime mtime) {
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = mtime.seconds, .tv_nsec = mtime.nanoseconds}};
  if (::utimensat(parent, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowErrno("set time of " + name);
  }
}

void SetOpenTime(int fd, UnixTime mtime) {
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = mtime.seconds, .tv_nsec = mtime.nanoseconds}};
  if (::futimens(fd, times.data()) != 0) ThrowErrno("set time");
}

// mkdir(2) hands on the group that the kernel knows of, which is not the one that is recorded.
void InheritGroup(int parent, const std::string& name) {
  if (!OwnersAreRecorded()) return;
  const std::string directory = "/proc/self/fd/" + std::to_string(parent);
  const auto record = FindOwnerRecord(directory.c_str());
  if (record) GiveOwnerAt(parent, name.c_str(), {0, record->owner.gid});
}

// In a layer's tar the name would delete another.
void CheckName(const CleanPath& path) {
  if (!layers::IsReservedName(path.Name())) return;
  throw Error(ErrorKind::kUnsupported,
              Quote(path.Absolute()) + ": image layers cannot hold a file of this name")
      .WithHint("names that begin with `.wh.` mark deletions; rename the file or leave it out");
}

// To overlayfs the mark of a removed file.
void CheckDevice(const CleanPath& path, const FileMeta& meta) {
  if (meta.type != FileType::kCharDevice || meta.device != 0) return;
  throw Error(ErrorKind::kUnsupported,
              Quote(path.Absolute()) + ": image layers cannot hold the character device 0:0")
      .WithHint("it would hide a file of the layers below; leave it out");
}

std::string NameOf(const CleanPath& path) { return std::string(path.Name()); }

mode_t NodeType(FileType type) {
  switch (type) {
    case FileType::kCharDevice:
      return S_IFCHR;
    case FileType::kBlockDevice:
      return S_IFBLK;
    case FileType::kFifo:
      return S_IFIFO;
    case FileType::kRegular:
    case FileType::kDirectory:
    case FileType::kSymlink:
    case FileType::kSocket:
      break;
  }
  throw Error(ErrorKind::kInternal, "not a special file");
}

}  // namespace

UpperWriter::UpperWriter(const std::filesystem::path& upper, const layers::LayeredTree& below,
                         std::optional<UnixTime> made_at)
    : upper_(RootedDir::Open(upper.string())), below_(below), made_at_(made_at) {
  const auto root = below_.Find(CleanPath());
  const UniqueFd directory = upper_.OpenAt(CleanPath(), O_RDONLY | O_DIRECTORY);
  // The upper directory is what a mount shows as "/".
  if (root->meta.uid != 0 || root->meta.gid != 0) {
    GiveOwner(directory.get(), {root->meta.uid, root->meta.gid});
  }
  InContext("/", [&] { GiveMode(directory.get(), root->meta.mode); });
  written_[""] = Written{.node = {.type = FileType::kDirectory, .link_target = {}},
                         .merges = true,
                         .hides = false,
                         .set_gid = (root->meta.mode & S_ISGID) != 0,
                         .mtime = root->meta.mtime};
}

const UpperWriter::Written* UpperWriter::FindWritten(const CleanPath& path) const {
  const auto it = written_.find(path.text());
  return it == written_.end() ? nullptr : &it->second;
}

std::optional<layers::TreeNode> UpperWriter::FindBelow(const CleanPath& path) const {
  CleanPath ancestor = path;
  while (true) {
    if (shadowed_.contains(ancestor)) return std::nullopt;
    ancestor = ancestor.Parent();
    const Written* written = FindWritten(ancestor);
    if (written == nullptr) continue;
    if (!written->merges) return std::nullopt;
    return below_.Find(path);
  }
}

std::optional<UpperWriter::Node> UpperWriter::Find(const CleanPath& path) const {
  if (const Written* written = FindWritten(path)) return written->node;
  auto below = FindBelow(path);
  if (!below) return std::nullopt;
  return Node{.type = below->meta.type, .link_target = std::move(below->meta.link_target)};
}

CleanPath UpperWriter::ResolveBelow(const CleanPath& scope, const CleanPath& path) const {
  std::deque<std::string> pending;
  for (const std::string_view element : path.Elements()) pending.emplace_back(element);
  CleanPath current = scope;
  int links = 0;
  while (!pending.empty()) {
    const std::string element = std::move(pending.front());
    pending.pop_front();
    if (element.empty() || element == ".") continue;
    if (element == "..") {
      if (current == scope && !scope.IsRoot()) ThrowEscape(path, scope);
      current = current.Parent();
      continue;
    }
    const CleanPath next = current.Child(element);
    const auto node = Find(next);
    if (node && node->type == FileType::kSymlink) {
      if (++links > kMaxLinks) {
        throw Error(ErrorKind::kInvalidInput,
                    "too many symbolic links in " + Quote(path.Absolute()));
      }
      if (node->link_target.starts_with('/')) current = scope;
      const auto target = Split(node->link_target, '/');
      pending.insert(pending.begin(), target.begin(), target.end());
      continue;
    }
    if (node && node->type != FileType::kDirectory && !pending.empty()) ThrowNotDirectory(path);
    current = next;
  }
  return current;
}

// The directory of `path`, made in the layer if it is only below; valid until the next call.
int UpperWriter::ParentOf(const CleanPath& path) {
  const CleanPath parent = path.Parent();
  if (open_ && open_path_ == parent) return open_.get();
  CopyUp(parent);
  open_ = upper_.OpenAt(parent, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  open_path_ = parent;
  return open_.get();
}

void UpperWriter::CopyUp(const CleanPath& directory) {
  CleanPath current;
  for (const std::string_view element : directory.Elements()) {
    current = current.Child(element);
    if (const Written* written = FindWritten(current)) {
      if (written->node.type != FileType::kDirectory) ThrowNotDirectory(current);
      continue;
    }
    const auto below = FindBelow(current);
    if (!below || below->meta.type != FileType::kDirectory) ThrowNotDirectory(current);
    FileMeta meta = below->meta;
    meta.xattrs = below_.ReadXattrs(*below);
    CreateDirectory(current, {});
    SetDirectory(current, meta);
    written_[current.text()].merges = true;
    written_[current.text()].mtime = meta.mtime;
  }
}

void UpperWriter::CreateDirectory(const CleanPath& path, const NewDirectory& attributes) {
  CheckName(path);
  const int parent = ParentOf(path);
  const std::string name = NameOf(path);
  if (::mkdirat(parent, name.c_str(), 0700) != 0) ThrowErrno("mkdir " + path.Absolute());
  const bool hides = shadowed_.contains(path) || written_[path.Parent().text()].hides;
  Record(path, FileType::kDirectory);
  written_[path.text()].hides = hides;
  written_[path.text()].mtime = made_at_;
  // What mkdir(2) gave it stays unless told otherwise.
  if (attributes.owner) {
    GiveOwnerAt(parent, name.c_str(), {attributes.owner->uid, attributes.owner->gid});
  }
  const bool set_gid = written_[path.Parent().text()].set_gid;
  if (!attributes.owner && set_gid) InheritGroup(parent, name);
  const bool inherits = attributes.inherits_set_gid && set_gid;
  SetMode(parent, path, attributes.mode | (inherits ? S_ISGID : 0U));
}

void UpperWriter::SetMode(int parent, const CleanPath& path, mode_t mode) {
  InContext(path.Absolute(), [&] { GiveModeAt(parent, NameOf(path).c_str(), mode); });
  written_[path.text()].set_gid = (mode & S_ISGID) != 0;
}

// What we make belongs to 0:0, but in a directory with the set-group-id bit to that one's group.
bool UpperWriter::HasOwnerAlready(const CleanPath& path, const FileMeta& meta) {
  return meta.uid == 0 && meta.gid == 0 && !written_[path.Parent().text()].set_gid;
}

// Owner first: chown(2) clears set-id bits.
void UpperWriter::ApplyOwner(int parent, const CleanPath& path, const FileMeta& meta) {
  const std::string name = NameOf(path);
  if (!HasOwnerAlready(path, meta)) {
    GiveOwnerAt(parent, name.c_str(), {meta.uid, meta.gid});
  }
  SetMode(parent, path, meta.mode);
}

bool UpperWriter::MakeDirectories(const CleanPath& path, const NewDirectory& attributes) {
  CleanPath current;
  bool made = false;
  for (const std::string_view element : path.Elements()) {
    current = current.Child(element);
    const auto node = Find(current);
    made = !node;
    if (!node) CreateDirectory(current, attributes);
    if (node && node->type != FileType::kDirectory) ThrowNotDirectory(current);
  }
  return made;
}

void UpperWriter::SetDirectory(const CleanPath& path, const FileMeta& meta) {
  CopyUp(path);
  if (path.IsRoot()) {
    const UniqueFd root = upper_.OpenAt(path, O_RDONLY | O_DIRECTORY);
    GiveOwner(root.get(), {meta.uid, meta.gid});
    InContext("/", [&] { GiveMode(root.get(), meta.mode); });
  } else {
    // A directory may have had another owner before.
    const int parent = ParentOf(path);
    GiveOwnerAt(parent, NameOf(path).c_str(), {meta.uid, meta.gid});
    ApplyOwner(parent, path, meta);
  }
  if (meta.xattrs.empty()) return;
  const UniqueFd directory = upper_.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  layers::WriteLayerXattrs(directory.get(), meta.xattrs);
}

void UpperWriter::SetDirectoryTime(const CleanPath& path, UnixTime mtime) {
  CopyUp(path);
  written_[path.text()].mtime = mtime;
}

void UpperWriter::Record(const CleanPath& path, FileType type, std::string link_target) {
  written_[path.text()] =
      Written{.node = {.type = type, .link_target = std::move(link_target)}, .mtime = {}};
}

// The parent's descriptor, with nothing left at the name in this layer.
int UpperWriter::MakeRoom(const CleanPath& path) {
  CheckName(path);
  const int parent = ParentOf(path);
  const auto node = Find(path);
  if (node && node->type == FileType::kDirectory) {
    throw Error(ErrorKind::kInvalidInput,
                "cannot replace to directory " + path.Absolute() + " with file");
  }
  if (FindWritten(path) != nullptr && ::unlinkat(parent, NameOf(path).c_str(), 0) != 0) {
    ThrowErrno("replace " + path.Absolute());
  }
  return parent;
}

void UpperWriter::PlaceRegular(const CleanPath& path, const FileMeta& meta, const FillFile& fill) {
  const int parent = MakeRoom(path);
  const std::string name = NameOf(path);
  UniqueFd file(
      ::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) ThrowErrno("create " + path.Absolute());
  Record(path, FileType::kRegular);
  fill(file.get());
  if (!HasOwnerAlready(path, meta)) {
    GiveOwner(file.get(), {meta.uid, meta.gid});
  }
  if (!meta.xattrs.empty()) layers::WriteLayerXattrs(file.get(), meta.xattrs);
  InContext(path.Absolute(), [&] { GiveMode(file.get(), meta.mode); });
  SetOpenTime(file.get(), meta.mtime);
  file.Close();
}

void UpperWriter::PlaceSymlink(const CleanPath& path, const FileMeta& meta) {
  const int parent = MakeRoom(path);
  const std::string name = NameOf(path);
  if (::symlinkat(meta.link_target.c_str(), parent, name.c_str()) != 0) {
    ThrowErrno("link " + path.Absolute());
  }
  Record(path, FileType::kSymlink, meta.link_target);
  if (!HasOwnerAlready(path, meta)) {
    GiveOwnerAt(parent, name.c_str(), {meta.uid, meta.gid});
  }
  SetTime(parent, name, meta.mtime);
}

void UpperWriter::PlaceSpecial(const CleanPath& path, const FileMeta& meta) {
  CheckDevice(path, meta);
  const int parent = MakeRoom(path);
  const std::string name = NameOf(path);
  const dev_t device = meta.type == FileType::kFifo ? 0 : meta.device;
  if (::mknodat(parent, name.c_str(), NodeType(meta.type) | 0600, device) != 0) {
    if (errno != EPERM || meta.type == FileType::kFifo) ThrowErrno("mknod " + path.Absolute());
    // No devices in a user namespace: a record stands for it.
    FileMeta record = meta;
    record.mode = DeviceRecordMode(meta.mode);
    PlaceRegular(path, record, [&](int fd) { layers::SetDeviceRecord(fd, meta); });
    Record(path, meta.type);
    return;
  }
  Record(path, meta.type);
  ApplyOwner(parent, path, meta);
  SetTime(parent, name, meta.mtime);
}

bool UpperWriter::PlaceLink(const CleanPath& path, const CleanPath& existing) {
  const Written* target = FindWritten(existing);
  if (target == nullptr || target->node.type == FileType::kDirectory) return false;
  if (path == existing) return true;
  const Node node = target->node;
  const int parent = MakeRoom(path);
  const UniqueFd from = upper_.OpenParent(existing);
  if (::linkat(from.get(), NameOf(existing).c_str(), parent, NameOf(path).c_str(), 0) != 0) {
    ThrowErrno("link " + path.Absolute());
  }
  Record(path, node.type, node.link_target);
  return true;
}

bool UpperWriter::CopyUpFile(const CleanPath& path) {
  if (FindWritten(path) != nullptr) return false;
  const auto below = FindBelow(path);
  if (!below || below->meta.type != FileType::kRegular) return false;
  FileMeta meta = below->meta;
  meta.xattrs = below_.ReadXattrs(*below);
  PlaceRegular(path, meta,
               [&](int fd) { CopyFileData(below_.OpenRegular(*below).get(), fd, meta.size); });
  return true;
}

void UpperWriter::SetFile(const CleanPath& path, const FileMeta& meta) {
  const int parent = ParentOf(path);
  const std::string name = NameOf(path);
  GiveOwnerAt(parent, name.c_str(), {meta.uid, meta.gid});
  if (FindWritten(path)->node.type != FileType::kRegular) return;
  SetMode(parent, path, meta.mode);
  SetTime(parent, name, meta.mtime);
}

void UpperWriter::Remove(const CleanPath& path) {
  if (FindBelow(path)) shadowed_.insert(path);
  if (FindWritten(path) == nullptr) return;
  open_.Reset();
  const UniqueFd parent = upper_.OpenParent(path);
  RemoveTree("/proc/self/fd/" + std::to_string(parent.get()) + "/" + NameOf(path));
  std::erase_if(written_,
                [&](const auto& item) { return path.Contains(CleanPath::Parse(item.first)); });
}

// A directory that took the place of one below would let its files shine through.
void UpperWriter::HideLeftovers(const CleanPath& directory) {
  const UniqueFd fd = upper_.OpenAt(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  for (const layers::TreeNode& node : below_.List(directory)) {
    if (FindWritten(node.path) == nullptr) layers::MakeWhiteout(fd.get(), NameOf(node.path));
  }
}

void UpperWriter::Finish() {
  open_.Reset();
  for (const auto& [text, written] : written_) {
    if (written.hides) HideLeftovers(CleanPath::Parse(text));
  }
  for (const auto& [text, written] : written_) {
    if (!written.mtime) continue;
    const UniqueFd directory =
        upper_.OpenAt(CleanPath::Parse(text), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    SetOpenTime(directory.get(), *written.mtime);
  }
}

}  // namespace ibuild::builder
