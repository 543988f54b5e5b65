#include "builder/tree/place_node.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "builder/copy/file_data.h"
#include "layers/apply/place_entry.h"
#include "layers/apply/set_metadata.h"
#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

using layers::FileMeta;
using layers::FileType;

void PlaceFile(const layers::LayeredTree& from, const layers::TreeNode& node, int parent,
               const std::string& name, const FileMeta& meta) {
  UniqueFd file(
      ::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) ThrowErrno("create " + node.path.Absolute());
  CopyFileData(from.OpenRegular(node).get(), file.get(), meta.size);
  layers::SetMetadata(file.get(), meta, node.path.Absolute());
  file.Close();
}

void CheckMade(bool made, const CleanPath& path) {
  if (!made) throw Error(ErrorKind::kInternal, path.Absolute() + " is in the way");
}

}  // namespace

void PlaceNode(const layers::LayeredTree& from, const layers::TreeNode& node, const RootedDir& to,
               const CleanPath& path) {
  const UniqueFd parent = to.OpenParent(path);
  const layers::PlaceAt at{parent.get(), path};
  FileMeta meta = node.meta;
  meta.xattrs = from.ReadXattrs(node);
  switch (meta.type) {
    case FileType::kRegular:
      return PlaceFile(from, node, parent.get(), at.name(), meta);
    case FileType::kDirectory:
      return CheckMade(layers::PlaceDirectory(at, meta), path);
    case FileType::kSymlink:
      return CheckMade(layers::PlaceSymlink(at, meta), path);
    case FileType::kCharDevice:
    case FileType::kBlockDevice:
    case FileType::kFifo:
      return CheckMade(layers::PlaceNode(at, meta), path);
    case FileType::kSocket:
      return;
  }
}

void UpdateNode(const layers::LayeredTree& from, const layers::TreeNode& node, const RootedDir& to,
                const CleanPath& path) {
  FileMeta meta = node.meta;
  meta.xattrs = from.ReadXattrs(node);
  const UniqueFd directory = to.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  layers::SetMetadata(directory.get(), meta, path.Absolute());
}

void LinkNode(const RootedDir& root, const CleanPath& existing, const CleanPath& path) {
  const UniqueFd from = root.OpenParent(existing);
  const UniqueFd to = root.OpenParent(path);
  if (::linkat(from.get(), std::string(existing.Name()).c_str(), to.get(),
               std::string(path.Name()).c_str(), 0) != 0) {
    ThrowErrno("link " + path.Absolute());
  }
}

void RemoveAt(const RootedDir& root, const CleanPath& path) {
  const UniqueFd parent = root.OpenParent(path);
  RemoveTree(fmt::format("/proc/self/fd/{}/{}", parent.get(), path.Name()));
}

void SetDirectoryTime(const RootedDir& root, const CleanPath& path, UnixTime mtime) {
  const UniqueFd directory = root.OpenAt(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = mtime.seconds, .tv_nsec = mtime.nanoseconds}};
  if (::futimens(directory.get(), times.data()) != 0) {
    ThrowErrno("set time of " + path.Absolute());
  }
}

}  // namespace ibuild::builder
