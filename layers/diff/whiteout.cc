#include "layers/diff/whiteout.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "layers/tree/device_record.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kMetaPrefix = ".wh..wh.";

bool HasSystemAdmin() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

// An overlay takes no whiteouts of others, so there a record stands for one.
void RecordWhiteout(int directory, const std::string& name) {
  const UniqueFd file(::openat(directory, name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) ThrowErrno("mark " + name + " as removed");
  FileMeta whiteout;
  whiteout.type = FileType::kCharDevice;
  SetDeviceRecord(file.get(), whiteout);
}

}  // namespace

WhiteoutName ParseWhiteoutName(std::string_view name) {
  if (!name.starts_with(kWhiteoutPrefix)) return {};
  if (name == kOpaqueName) return {WhiteoutNameKind::kOpaque, {}};
  if (name.starts_with(kMetaPrefix)) return {WhiteoutNameKind::kIgnored, {}};
  const std::string_view hidden = name.substr(kWhiteoutPrefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..") return {WhiteoutNameKind::kInvalid, {}};
  return {WhiteoutNameKind::kHides, hidden};
}

bool IsReservedName(std::string_view name) { return name.starts_with(kWhiteoutPrefix); }

OverlaySpace CurrentOverlaySpace() {
  // The initial namespace maps every id to itself in one range; no other namespace can. A
  // container's root may be in it without the right to set such attributes.
  if (!HasSystemAdmin()) return OverlaySpace::kUser;
  const std::string map = ReadFileIfExists("/proc/self/uid_map", 4096).value_or("");
  std::string squeezed;
  for (const char c : map) {
    if (c != ' ' || (!squeezed.empty() && squeezed.back() != ' ')) squeezed += c;
  }
  return squeezed == "0 0 4294967295\n" ? OverlaySpace::kTrusted : OverlaySpace::kUser;
}

std::string OverlayAttribute(OverlaySpace space, std::string_view name) {
  std::string attribute = space == OverlaySpace::kTrusted ? "trusted.overlay." : "user.overlay.";
  attribute += name;
  return attribute;
}

bool IsWhiteout(const struct stat& file) {
  return S_ISCHR(file.st_mode) && file.st_rdev == makedev(0, 0);
}

void MakeWhiteout(int directory, const std::string& name) {
  if (::mknodat(directory, name.c_str(), S_IFCHR, makedev(0, 0)) != 0) {
    if (errno != EPERM) ThrowErrno("mark " + name + " as removed");
    RecordWhiteout(directory, name);
  }
}

bool IsOpaque(int directory, OverlaySpace space) {
  std::array<char, 2> value;
  const ssize_t size =
      ::fgetxattr(directory, OverlayAttribute(space, "opaque").c_str(), value.data(), value.size());
  return size == 1 && value[0] == 'y';
}

void SetOpaque(int directory, OverlaySpace space) {
  if (::fsetxattr(directory, OverlayAttribute(space, "opaque").c_str(), "y", 1, 0) != 0) {
    ThrowErrno("mark directory as opaque");
  }
}

}  // namespace ibuild::layers
