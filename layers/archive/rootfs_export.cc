#include "layers/archive/rootfs_export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>

#include "layers/archive/flattened_walk.h"
#include "layers/tar/writer.h"
#include "support/error.h"
#include "support/files.h"
#include "support/rooted_dir.h"

namespace ibuild::layers {
namespace {

LayeredTree OpenTree(Store& store, const std::vector<oci::DiffId>& layers) {
  auto stack = store.layer_directories().FindStack(layers);
  if (!stack) throw Error(ErrorKind::kNotFound, "the image's layers are not unpacked");
  return LayeredTree(std::move(*stack));
}

// `prefix`: empty, or a directory with a slash at its end.
void AddToTar(TarWriter& tar, const LayeredTree& tree, const FlattenedFile& file,
              const std::string& prefix) {
  TarEntry entry;
  entry.name = prefix + file.node.path.text();
  entry.meta = file.node.meta;
  if (file.first_path) {
    entry.is_hard_link = true;
    entry.hard_link = prefix + file.first_path->text();
    return tar.Add(entry);
  }
  entry.meta.xattrs = tree.ReadXattrs(file.node);
  if (entry.meta.type != FileType::kRegular) return tar.Add(entry);
  FdSource content(tree.OpenRegular(file.node));
  tar.Add(entry, content);
}

void AddDirectory(TarWriter& tar, const std::string& name) {
  TarEntry entry;
  entry.name = name;
  entry.meta.type = FileType::kDirectory;
  entry.meta.mode = 0755;
  tar.Add(entry);
}

// By the kernel, sharing blocks where the file system can; by hand where it cannot do it at all.
void CopyContent(const UniqueFd& from, const UniqueFd& to) {
  for (;;) {
    const ssize_t count = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, 1u << 30, 0);
    if (count == 0) return;
    if (count > 0 || errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      ThrowErrno("copy");
    }
    FdSource source(from.Duplicate());
    FdSink sink(to.Duplicate());
    Copy(source, sink);
    return;
  }
}

// Writes files below one directory, which may already hold things of any kind.
class DirectoryWriter {
 public:
  DirectoryWriter(const LayeredTree& tree, const std::filesystem::path& directory)
      : tree_(tree), root_(RootedDir::Open(directory.native())) {}

  void Add(const FlattenedFile& file) {
    const TreeNode& node = file.node;
    const UniqueFd parent = root_.OpenParent(node.path);
    const std::string name(node.path.Name());
    if (node.meta.type == FileType::kDirectory) return AddDirectory(parent.get(), name, node);
    if (::unlinkat(parent.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
      ThrowErrno("replace " + node.path.Absolute());
    }
    if (file.first_path) return AddLink(*file.first_path, parent.get(), name);
    Create(parent.get(), name, node);
  }

  // Modes and times of directories come last: a read-only directory takes no files, and every
  // file in it changes its time.
  void Finish() {
    for (auto node = directories_.rbegin(); node != directories_.rend(); ++node) {
      const UniqueFd fd = root_.OpenAt(node->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      SetModeAndTime(fd, node->meta);
    }
  }

 private:
  void AddDirectory(int parent, const std::string& name, const TreeNode& node) {
    struct stat info;
    const bool there = ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISDIR(info.st_mode) && ::unlinkat(parent, name.c_str(), 0) != 0) {
      ThrowErrno("replace " + node.path.Absolute());
    }
    if (::mkdirat(parent, name.c_str(), 0700) != 0) {
      // One that is there may be read-only; it gets its mode in the end (Finish).
      if (errno != EEXIST || ::fchmodat(parent, name.c_str(), 0700, 0) != 0) {
        ThrowErrno("make directory " + node.path.Absolute());
      }
    }
    directories_.push_back(node);
  }

  void AddLink(const CleanPath& target, int parent, const std::string& name) {
    const UniqueFd target_parent = root_.OpenParent(target);
    const std::string target_name(target.Name());
    if (::linkat(target_parent.get(), target_name.c_str(), parent, name.c_str(), 0) != 0) {
      ThrowErrno("link " + target.Absolute());
    }
  }

  void Create(int parent, const std::string& name, const TreeNode& node) {
    if (node.meta.type == FileType::kRegular) return CreateRegular(parent, name, node);
    if (node.meta.type == FileType::kSymlink) {
      if (::symlinkat(node.meta.link_target.c_str(), parent, name.c_str()) != 0) {
        ThrowErrno("make link " + node.path.Absolute());
      }
    } else {
      CreateSpecial(parent, name, node);
    }
    const timespec time = {.tv_sec = node.meta.mtime.seconds,
                           .tv_nsec = node.meta.mtime.nanoseconds};
    const timespec times[2] = {time, time};
    if (::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
      ThrowErrno("set the time of " + node.path.Absolute());
    }
  }

  void CreateRegular(int parent, const std::string& name, const TreeNode& node) {
    UniqueFd fd(
        ::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) ThrowErrno("create " + node.path.Absolute());
    InContext("writing " + node.path.Absolute(), [&] {
      CopyContent(tree_.OpenRegular(node), fd);
      SetModeAndTime(fd, node.meta);
      fd.Close();
    });
  }

  void CreateSpecial(int parent, const std::string& name, const TreeNode& node) {
    mode_t kind = S_IFIFO;
    if (node.meta.type == FileType::kCharDevice) kind = S_IFCHR;
    if (node.meta.type == FileType::kBlockDevice) kind = S_IFBLK;
    if (::mknodat(parent, name.c_str(), kind | (node.meta.mode & 0777), node.meta.device) == 0)
      return;
    const int error_number = errno;
    throw ErrnoError("make device node " + node.path.Absolute(), error_number)
        .WithHint("export with type=tar, which can hold device nodes for any user");
  }

  static void SetModeAndTime(const UniqueFd& fd, const FileMeta& meta) {
    if (::fchmod(fd.get(), meta.mode & 0777) != 0) ThrowErrno("set a mode");
    const timespec time = {.tv_sec = meta.mtime.seconds, .tv_nsec = meta.mtime.nanoseconds};
    const timespec times[2] = {time, time};
    if (::futimens(fd.get(), times) != 0) ThrowErrno("set a time");
  }

  const LayeredTree& tree_;
  RootedDir root_;
  std::vector<TreeNode> directories_;
};

}  // namespace

void WriteRootfsTar(Store& store, const std::vector<RootfsPart>& parts, ByteSink& sink) {
  TarWriter tar(sink);
  for (const RootfsPart& part : parts) {
    const LayeredTree tree = OpenTree(store, part.layers);
    if (!part.directory.empty()) AddDirectory(tar, part.directory);
    const std::string prefix = part.directory.empty() ? "" : part.directory + "/";
    WalkFlattened(tree, [&](const FlattenedFile& file) { AddToTar(tar, tree, file, prefix); });
  }
  tar.Finish();
}

void WriteTreeTar(const LayeredTree& tree, ByteSink& sink) {
  TarWriter tar(sink);
  WalkFlattened(tree, [&](const FlattenedFile& file) { AddToTar(tar, tree, file, ""); });
  tar.Finish();
}

std::optional<CleanPath> FindCollision(Store& store, const std::vector<oci::DiffId>& first,
                                       const std::vector<oci::DiffId>& second) {
  std::map<CleanPath, bool> is_directory;
  WalkFlattened(OpenTree(store, first), [&](const FlattenedFile& file) {
    is_directory[file.node.path] = file.node.meta.type == FileType::kDirectory;
  });
  std::optional<CleanPath> collision;
  WalkFlattened(OpenTree(store, second), [&](const FlattenedFile& file) {
    const auto other = is_directory.find(file.node.path);
    if (collision || other == is_directory.end()) return;
    const bool both = other->second && file.node.meta.type == FileType::kDirectory;
    if (!both) collision = file.node.path;
  });
  return collision;
}

void WriteRootfsDirectory(Store& store, const std::vector<oci::DiffId>& layers,
                          const std::filesystem::path& directory) {
  const LayeredTree tree = OpenTree(store, layers);
  MakeDirectories(directory);
  DirectoryWriter writer(tree, directory);
  WalkFlattened(tree, [&](const FlattenedFile& file) { writer.Add(file); });
  writer.Finish();
}

}  // namespace ibuild::layers
