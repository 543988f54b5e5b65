#include "layers/apply/set_metadata.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "layers/tree/xattrs.h"
#include "support/error.h"
#include "support/recorded_owner.h"

namespace ibuild::layers {
namespace {

std::array<timespec, 2> TimesOf(const FileMeta& meta) {
  return {timespec{0, UTIME_OMIT}, timespec{meta.mtime.seconds, meta.mtime.nanoseconds}};
}

}  // namespace

void SetMetadata(int fd, const FileMeta& meta, const std::string& name) {
  InContext(name, [&] {
    GiveOwner(fd, {meta.uid, meta.gid});
    if (!meta.xattrs.empty()) WriteLayerXattrs(fd, meta.xattrs);
    GiveMode(fd, meta.mode);
  });
  if (meta.type == FileType::kDirectory) return;
  if (::futimens(fd, TimesOf(meta).data()) != 0) ThrowErrno("set time of " + name);
}

void SetMetadataAt(int directory, const std::string& name, const FileMeta& meta) {
  InContext(name, [&] {
    GiveOwnerAt(directory, name.c_str(), {meta.uid, meta.gid});
    // Links have no mode of their own, and fchmodat(2) would follow them.
    if (meta.type != FileType::kSymlink) GiveModeAt(directory, name.c_str(), meta.mode);
  });
  if (::utimensat(directory, name.c_str(), TimesOf(meta).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowErrno("set time of " + name);
  }
}

}  // namespace ibuild::layers
