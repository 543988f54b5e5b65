#include "layers/tree/read_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "layers/tree/device_record.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

std::string ReadLinkBelow(int root, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(root, path.c_str(), target.data(), target.size());
  if (size < 0) ThrowErrno("read link /" + path);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

std::vector<DirectoryName> ListNames(int directory) {
  std::vector<DirectoryName> names;
  alignas(dirent64) std::array<char, 32 << 10> buffer;
  for (;;) {
    // getdents64(2) itself: opendir(3) would want a descriptor and an allocation of its own.
    const long size = ::syscall(SYS_getdents64, directory, buffer.data(), buffer.size());
    if (size < 0) ThrowErrno("list directory");
    if (size == 0) break;
    for (long at = 0; at < size;) {
      const char* const entry = buffer.data() + at;
      unsigned short length = 0;
      std::memcpy(&length, entry + offsetof(dirent64, d_reclen), sizeof length);
      const char* const name = entry + offsetof(dirent64, d_name);
      const auto type = static_cast<unsigned char>(entry[offsetof(dirent64, d_type)]);
      if (!IsDots(name)) names.push_back({name, type == DT_CHR || type == DT_UNKNOWN});
      at += length;
    }
  }
  std::sort(names.begin(), names.end(),
            [](const DirectoryName& a, const DirectoryName& b) { return a.name < b.name; });
  return names;
}

UniqueFd OpenBelow(int root, const std::string& path, int flags) {
  const char* const name = path.empty() ? "." : path.c_str();
  const int fd = ::openat(root, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
  if (fd < 0) ThrowErrno("open /" + path);
  return UniqueFd(fd);
}

std::optional<struct stat> StatBelow(int root, const std::string& path) {
  struct stat file;
  const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if (::fstatat(root, path.c_str(), &file, flags) == 0) return file;
  if (errno != ENOENT && errno != ENOTDIR) ThrowErrno("look at /" + path);
  return std::nullopt;
}

FileType TypeOfMode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return FileType::kDirectory;
    case S_IFLNK:
      return FileType::kSymlink;
    case S_IFCHR:
      return FileType::kCharDevice;
    case S_IFBLK:
      return FileType::kBlockDevice;
    case S_IFIFO:
      return FileType::kFifo;
    case S_IFSOCK:
      return FileType::kSocket;
    default:
      return FileType::kRegular;
  }
}

FileMeta ReadMeta(int root, const std::string& path, const struct stat& file) {
  FileMeta meta;
  meta.type = TypeOfMode(file.st_mode);
  meta.mode = file.st_mode & 07777;
  meta.uid = file.st_uid;
  meta.gid = file.st_gid;
  meta.mtime = {file.st_mtim.tv_sec, static_cast<std::int32_t>(file.st_mtim.tv_nsec)};
  if (S_ISREG(file.st_mode)) meta.size = static_cast<std::uint64_t>(file.st_size);
  if (S_ISCHR(file.st_mode) || S_ISBLK(file.st_mode)) meta.device = file.st_rdev;
  if (S_ISLNK(file.st_mode)) meta.link_target = ReadLinkBelow(root, path);
  if (MayBeDeviceRecord(file)) {
    const auto record = FindDeviceRecord(OpenBelow(root, path).get());
    if (record) ReadDeviceRecord(*record, meta);
  }
  return meta;
}

std::string JoinBelow(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  std::string joined;
  joined.reserve(directory.size() + 1 + name.size());
  joined += directory;
  joined += '/';
  joined += name;
  return joined;
}

}  // namespace ibuild::layers
