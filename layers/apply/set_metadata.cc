#include "layers/apply/set_metadata.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "layers/tree/xattrs.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

[[noreturn]] void ThrowChown(const FileMeta& meta, const std::string& name) {
  const int error_number = errno;
  Error error =
      ErrnoError(fmt::format("set owner {}:{} of {}", meta.uid, meta.gid, name), error_number);
  if (error_number == EINVAL || error_number == EPERM) {
    error.AddHint(
        "the id is outside the range that this user namespace has: see /etc/subuid and "
        "/etc/subgid, and subuid(5)");
  }
  throw error;
}

std::array<timespec, 2> TimesOf(const FileMeta& meta) {
  return {timespec{0, UTIME_OMIT}, timespec{meta.mtime.seconds, meta.mtime.nanoseconds}};
}

}  // namespace

void SetMetadata(int fd, const FileMeta& meta, const std::string& name) {
  if (::fchown(fd, meta.uid, meta.gid) != 0) ThrowChown(meta, name);
  if (!meta.xattrs.empty()) WriteLayerXattrs(fd, meta.xattrs);
  if (::fchmod(fd, meta.mode) != 0) ThrowErrno("set mode of " + name);
  if (meta.type == FileType::kDirectory) return;
  if (::futimens(fd, TimesOf(meta).data()) != 0) ThrowErrno("set time of " + name);
}

void SetMetadataAt(int directory, const std::string& name, const FileMeta& meta) {
  if (::fchownat(directory, name.c_str(), meta.uid, meta.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowChown(meta, name);
  }
  // Links have no mode of their own, and fchmodat(2) would follow them.
  const bool is_link = meta.type == FileType::kSymlink;
  if (!is_link && ::fchmodat(directory, name.c_str(), meta.mode, 0) != 0) {
    ThrowErrno("set mode of " + name);
  }
  if (::utimensat(directory, name.c_str(), TimesOf(meta).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowErrno("set time of " + name);
  }
}

}  // namespace ibuild::layers
