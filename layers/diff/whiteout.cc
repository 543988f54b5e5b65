#include "layers/diff/whiteout.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "layers/tree/device_record.h"
#include "support/capability.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/id_map.h"

namespace ibuild::layers {
namespace {

constexpr std::string_view kMetaPrefix = ".wh..wh.";

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
  // A container's root may be in the first namespace without the right to set such attributes.
  const bool is_trusted = HasCapability(CAP_SYS_ADMIN) && !InUserNamespace();
  return is_trusted ? OverlaySpace::kTrusted : OverlaySpace::kUser;
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
