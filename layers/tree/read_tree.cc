#include "layers/tree/read_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "layers/tree/device_record.h"
#include "support/error.h"
#include "support/recorded_owner.h"

namespace ibuild::layers {
namespace {

std::string ReadLinkBelow(int root, const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(root, path.c_str(), target.data(), target.size());
  if (size < 0) ThrowErrno("read link /" + path);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// Names what is below a directory for calls that take no directory descriptor.
std::string PathBelow(int root, const std::string& path) {
  return fmt::format("/proc/self/fd/{}/{}", root, path);
}

// A record of device 0:0 is a whiteout; everything else stays what it is.
void UnderstandWhiteout(int root, const std::string& path, struct stat& file) {
  const auto device = FindDevice(PathBelow(root, path).c_str(), file);
  if (!device || !device->is_character || device->number != 0) return;
  file.st_mode = S_IFCHR;
  file.st_rdev = 0;
}

void ReadOwner(int root, const std::string& path, const struct stat& file, FileMeta& meta) {
  if (!S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode)) {
    const FileOwner owner = FindNodeOwner(file.st_dev, file.st_ino);
    meta.uid = owner.uid;
    meta.gid = owner.gid;
    return;
  }
  const auto record = FindOwnerRecord(PathBelow(root, path).c_str()).value_or(OwnerRecord());
  meta.uid = record.owner.uid;
  meta.gid = record.owner.gid;
  if (record.mode) meta.mode = *record.mode;
}

// Those that hold whiteouts as records (device_record.h) show them as files.
bool MayHoldRecords(int directory) {
  struct statfs system;
  if (::fstatfs(directory, &system) != 0) return true;
  return system.f_type != EXT4_SUPER_MAGIC && system.f_type != XFS_SUPER_MAGIC &&
         system.f_type != BTRFS_SUPER_MAGIC && system.f_type != TMPFS_MAGIC;
}

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

std::vector<DirectoryName> ListNames(int directory) {
  std::vector<DirectoryName> names;
  const bool may_hold_records = MayHoldRecords(directory);
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
      const bool may_be_whiteout =
          type == DT_CHR || type == DT_UNKNOWN || (may_hold_records && type == DT_REG);
      if (!IsDots(name)) names.push_back({name, may_be_whiteout});
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
  if (::fstatat(root, path.c_str(), &file, flags) == 0) {
    if (MayBeDeviceRecord(file)) UnderstandWhiteout(root, path, file);
    return file;
  }
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

void UnderstandRecords(int root, const std::string& path, const struct stat& file, FileMeta& meta) {
  if (OwnersAreRecorded()) ReadOwner(root, path, file, meta);
  if (!MayBeDeviceRecord(file)) return;
  const auto device = FindDevice(PathBelow(root, path).c_str(), file);
  if (device) UnderstandDevice(*device, meta);
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
  UnderstandRecords(root, path, file, meta);
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
