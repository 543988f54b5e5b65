#include "sandbox/ownership/file_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>

namespace ibuild::builder {
namespace {

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

// A file that a call names: by descriptor, or by path.
struct Named {
  int directory = AT_FDCWD;
  std::optional<std::string> path;  // empty text: `directory` itself; nothing: cannot be read
  bool follow = true;
};

Named ByPath(const Caller& caller, std::size_t path, bool follow) {
  return {.path = caller.ReadText(caller.Argument(path)), .follow = follow};
}

Named ByPathAt(const Caller& caller, int flags) {
  return {.directory = caller.IntArgument(0),
          .path = caller.ReadText(caller.Argument(1)),
          .follow = (flags & AT_SYMLINK_NOFOLLOW) == 0};
}

Named ByDescriptor(const Caller& caller) {
  return {.directory = caller.IntArgument(0), .path = ""};
}

bool MayChange(const Credentials& ids, FileOwner present, FileOwner wanted) {
  if (ids.IsRoot()) return true;
  return ids.user.file_system == present.uid && wanted.uid == present.uid &&
         (wanted.gid == present.gid || ids.MayUseGroup(wanted.gid));
}

Reply Chown(const Caller& caller, const StepFiles& files, const Named& named, std::size_t ids_at) {
  if (!named.path) return Reply::Proceed();
  const UniqueFd file = caller.Open(named.directory, *named.path, named.follow);
  if (!file) return Reply::Error(errno);
  struct stat state {};
  if (fstat(file.get(), &state) != 0) return Reply::Error(errno);
  const FileOwner present = FindOwner(file, state, files).value_or(FileOwner());
  FileOwner wanted{caller.IdArgument(ids_at), caller.IdArgument(ids_at + 1)};
  if (wanted.uid == kKeepId) wanted.uid = present.uid;
  if (wanted.gid == kKeepId) wanted.gid = present.gid;
  if (!MayChange(caller.Ids(), present, wanted)) return Reply::Error(EPERM);
  return Reply::Done(ChangeOwner(file, wanted, files));
}

// The kernel changes modes itself; only the record of a device keeps one of its own.
Reply Chmod(const Caller& caller, const Named& named, std::uint32_t mode) {
  if (!named.path) return Reply::Proceed();
  const UniqueFd file = caller.Open(named.directory, *named.path, named.follow);
  struct stat state {};
  if (!file || fstat(file.get(), &state) != 0) return Reply::Proceed();
  const std::string path = Caller::PathOf(file);
  const auto device = FindDevice(path.c_str(), state);
  if (!device) return Reply::Proceed();
  return Reply::Done(RecordModeOfDevice(path.c_str(), *device, mode));
}

// What chmod(2) would be told instead, if `acl` (posix_acl_xattr_header, little-endian) says no
// more than three permissions.
std::optional<mode_t> ModeOfAcl(std::span<const unsigned char> acl) {
  constexpr std::size_t kHeader = 4, kEntry = 8;
  constexpr unsigned char kOwner = 0x01, kGroup = 0x04, kOthers = 0x20;
  if (acl.size() != kHeader + 3 * kEntry) return std::nullopt;
  mode_t mode = 0;
  for (std::size_t at = kHeader; at < acl.size(); at += kEntry) {
    const mode_t allowed = acl[at + 2] & 7U;
    if (acl[at] == kOwner) mode |= allowed << 6;
    if (acl[at] == kGroup) mode |= allowed << 3;
    if (acl[at] == kOthers) mode |= allowed;
  }
  return mode;
}

// cp(1) and others set modes so. The mode of the file that stands for a device says that it does.
Reply SetAcl(const Caller& caller, const Named& named) {
  std::array<unsigned char, 28> acl;
  if (caller.Argument(3) != acl.size() ||
      !caller.Read(caller.Argument(2), acl.data(), acl.size())) {
    return Reply::Proceed();
  }
  const auto mode = ModeOfAcl(acl);
  return mode ? Chmod(caller, named, *mode) : Reply::Proceed();
}

// Records are ours to make: a step that sets one itself, say by copying all attributes of a file,
// seems to succeed.
Reply SetAttribute(const Caller& caller, const Named& named) {
  const auto name = caller.ReadText(caller.Argument(1));
  if (name == "system.posix_acl_access") return SetAcl(caller, named);
  const bool is_record =
      name && (name->starts_with("user.ibuild.") || name->starts_with("user.containers.override_"));
  return is_record ? Reply::Value(0) : Reply::Proceed();
}

}  // namespace

std::optional<Reply> AnswerFileCall(const Caller& caller, const StepFiles& files) {
  switch (caller.call().data.nr) {
#ifdef SYS_chown
    case SYS_chown:
      return Chown(caller, files, ByPath(caller, 0, true), 1);
    case SYS_lchown:
      return Chown(caller, files, ByPath(caller, 0, false), 1);
    case SYS_chmod:
      return Chmod(caller, ByPath(caller, 0, true), caller.IdArgument(1));
#endif
    case SYS_fchown:
      return Chown(caller, files, ByDescriptor(caller), 1);
    case SYS_fchownat:
      return Chown(caller, files, ByPathAt(caller, caller.IntArgument(4)), 2);
    case SYS_fchmod:
      return Chmod(caller, ByDescriptor(caller), caller.IdArgument(1));
    case SYS_fchmodat:
      return Chmod(caller, ByPathAt(caller, 0), caller.IdArgument(2));
    case SYS_fchmodat2:
      return Chmod(caller, ByPathAt(caller, caller.IntArgument(3)), caller.IdArgument(2));
    case SYS_setxattr:
      return SetAttribute(caller, ByPath(caller, 0, true));
    case SYS_lsetxattr:
      return SetAttribute(caller, ByPath(caller, 0, false));
    case SYS_fsetxattr:
      return SetAttribute(caller, ByDescriptor(caller));
    default:
      return std::nullopt;
  }
}

}  // namespace ibuild::builder
