#include "layers/tree/xattrs.h"

#include <linux/capability.h>
#include <linux/limits.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "support/error.h"
#include "support/recorded_owner.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kCapability = "security.capability";
// Where setting one is not ours to do, it is kept under this name.
constexpr std::string_view kRecordedCapability = "user.ibuild.capability";

constexpr std::array<std::string_view, 6> kForeignPrefixes = {
    "user.overlay.",           "user.ibuild.",       "user.containers.override_",
    "user.rootlesscontainers", "user.fuseoverlayfs", "user.ostreemeta"};

// The NUL-separated names; a list too long for the first guess is read again.
std::string ListAttributes(int fd) {
  std::string names(512, '\0');
  for (;;) {
    const ssize_t size = ::flistxattr(fd, names.data(), names.size());
    if (size >= 0) {
      names.resize(static_cast<std::size_t>(size));
      return names;
    }
    if (errno == ENOTSUP) return {};
    if (errno != ERANGE || names.size() >= XATTR_LIST_MAX) ThrowErrno("list attributes");
    names.resize(XATTR_LIST_MAX);
  }
}

std::optional<std::string> ReadValue(int fd, const std::string& name) {
  std::string value(256, '\0');
  for (;;) {
    const ssize_t size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<std::size_t>(size));
      return value;
    }
    // EOVERFLOW: a capability that belongs to the root of some other namespace, worth nothing here.
    if (errno == ENODATA || errno == EOVERFLOW) return std::nullopt;
    if (errno != ERANGE || value.size() >= XATTR_SIZE_MAX) ThrowErrno("read attribute " + name);
    value.resize(XATTR_SIZE_MAX);
  }
}

// Revision 3 with root id 0 says the same as revision 2.
std::optional<std::string> ToRevision2(std::string value) {
  vfs_ns_cap_data data;
  if (value.size() != XATTR_CAPS_SZ_3) return value;
  std::memcpy(&data, value.data(), sizeof data);
  if (data.rootid != 0) return std::nullopt;
  data.magic_etc = (data.magic_etc & ~VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_2;
  std::memcpy(value.data(), &data, sizeof data.magic_etc);
  value.resize(XATTR_CAPS_SZ_2);
  return value;
}

}  // namespace

bool IsLayerXattr(std::string_view name) {
  if (name == kCapability) return true;
  if (!name.starts_with("user.") || name.size() == 5) return false;
  for (const std::string_view prefix : kForeignPrefixes) {
    if (name.starts_with(prefix)) return false;
  }
  return true;
}

Xattrs ReadLayerXattrs(int fd) {
  Xattrs xattrs;
  const std::string names = ListAttributes(fd);
  for (std::size_t start = 0; start < names.size();) {
    const std::string name = names.c_str() + start;
    start += name.size() + 1;
    if (name == kRecordedCapability && OwnersAreRecorded()) {
      if (auto value = ReadValue(fd, name)) xattrs[std::string(kCapability)] = std::move(*value);
    }
    if (!IsLayerXattr(name)) continue;
    auto value = ReadValue(fd, name);
    if (value && name == kCapability) value = ToRevision2(std::move(*value));
    if (value) xattrs.emplace(name, std::move(*value));
  }
  return xattrs;
}

void WriteLayerXattrs(int fd, const Xattrs& xattrs) {
  for (const auto& [name, value] : xattrs) {
    if (!IsLayerXattr(name)) continue;
    if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) continue;
    if (errno == EPERM && name == kCapability && OwnersAreRecorded() &&
        ::fsetxattr(fd, kRecordedCapability.data(), value.data(), value.size(), 0) == 0) {
      continue;
    }
    const int error_number = errno;
    if (error_number == ENOTSUP) {
      throw Error(ErrorKind::kUnsupported, "the store's file system cannot keep attribute " + name)
          .WithHint("put the store (`--root DIR`) on ext4, xfs or btrfs");
    }
    throw ErrnoError("set attribute " + name, error_number);
  }
}

}  // namespace ibuild::layers
