#include "sandbox/ownership/create_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace ibuild::builder {
namespace {

constexpr mode_t kPermissions = 07777;

// Where something is to be made, and whose it will be.
struct Site {
  Caller::Place place;
  FileOwner owner;
  bool sets_group = false;  // by the directory: what is made in it gets its group
};

std::optional<Site> FindSite(const Caller& caller, int directory, std::uint64_t path_argument) {
  const auto path = caller.ReadText(path_argument);
  if (!path || path->empty()) return std::nullopt;
  auto place = caller.OpenParent(directory, *path);
  struct stat state {};
  if (!place || fstat(place->directory.get(), &state) != 0) return std::nullopt;
  const Credentials ids = caller.Ids();
  Site site{.place = std::move(*place), .owner = {ids.user.file_system, ids.group.file_system}};
  if ((state.st_mode & S_ISGID) != 0) {
    site.sets_group = true;
    site.owner.gid = FindOwnerRecord(Caller::PathOf(site.place.directory).c_str())
                         .value_or(OwnerRecord())
                         .owner.gid;
  }
  return site;
}

bool IsKernelsOwner(const Site& site) { return site.owner == FileOwner(); }

UniqueFd OpenMade(const Site& site) {
  return UniqueFd(
      openat(site.place.directory.get(), site.place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

Reply Owned(const Site& site, const StepFiles& files, int result) {
  if (result != 0) return Reply::Error(errno);
  const UniqueFd made = OpenMade(site);
  if (made) RecordNewOwner(made, site.owner, files);
  return Reply::Value(0);
}

Reply MakeDirectory(const Caller& caller, const StepFiles& files, int directory, std::size_t path) {
  const auto site = FindSite(caller, directory, caller.Argument(path));
  if (!site || IsKernelsOwner(*site)) return Reply::Proceed();
  const mode_t mode = caller.IdArgument(path + 1) & kPermissions & ~caller.Umask();
  return Owned(*site, files, mkdirat(site->place.directory.get(), site->place.name.c_str(), mode));
}

// Always ours: the inode may be one that the table remembers from a link that is gone.
Reply MakeLink(const Caller& caller, const StepFiles& files, int directory, std::size_t path) {
  const auto target = caller.ReadText(caller.Argument(0));
  const auto site = FindSite(caller, directory, caller.Argument(path));
  if (!target || !site) return Reply::Proceed();
  return Owned(*site, files,
               symlinkat(target->c_str(), site->place.directory.get(), site->place.name.c_str()));
}

Reply RecordDevice(const Site& site, const StepFiles& files, const RecordedDevice& device) {
  const UniqueFd file(openat(site.place.directory.get(), site.place.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Reply::Error(errno);
  const std::string text = FormatDevice(device);
  if (fsetxattr(file.get(), kDeviceAttribute, text.data(), text.size(), 0) != 0 ||
      fchmod(file.get(), DeviceRecordMode()) != 0) {
    return Reply::Error(EPERM);
  }
  RecordNewOwner(file, site.owner, files);
  return Reply::Value(0);
}

Reply MakeNode(const Caller& caller, const StepFiles& files, int directory, std::size_t path) {
  const mode_t mode = caller.IdArgument(path + 1);
  const auto number = static_cast<dev_t>(caller.Argument(path + 2));
  const bool is_device = S_ISCHR(mode) || S_ISBLK(mode);
  const auto site = FindSite(caller, directory, caller.Argument(path));
  if (!site) return Reply::Proceed();
  if (is_device && !caller.Ids().IsRoot()) return Reply::Error(EPERM);
  const mode_t permissions = mode & kPermissions & ~caller.Umask();
  if (is_device) {
    return RecordDevice(*site, files,
                        {.is_character = S_ISCHR(mode), .number = number, .mode = permissions});
  }
  return Owned(*site, files,
               mknodat(site->place.directory.get(), site->place.name.c_str(),
                       (mode & S_IFMT) | permissions, 0));
}

// What exists is opened by the kernel; what does not is made here and handed over.
Reply Open(const Caller& caller, const StepFiles& files, int directory, std::size_t path, int flags,
           std::size_t mode_argument) {
  const auto site = FindSite(caller, directory, caller.Argument(path));
  if (!site || IsKernelsOwner(*site)) return Reply::Proceed();
  const mode_t mode = caller.IdArgument(mode_argument) & kPermissions & ~caller.Umask();
  UniqueFd file(openat(site->place.directory.get(), site->place.name.c_str(),
                       flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return Reply::Proceed();
  RecordNewOwner(file, site->owner, files);
  return Reply::Descriptor(std::move(file), (flags & O_CLOEXEC) != 0);
}

// The file has mode and owner itself, and what changes them later needs no answer of ours.
Reply MakeDeviceFile(const Caller& caller, int directory, std::size_t path) {
  const mode_t mode = caller.IdArgument(path + 1);
  const auto number = static_cast<dev_t>(caller.Argument(path + 2));
  const bool is_whiteout = S_ISCHR(mode) && number == 0;  // everybody may make those
  if (is_whiteout || !caller.IsRootOfStep()) return Reply::Proceed();
  const auto text = caller.ReadText(caller.Argument(path));
  const auto place = text ? caller.OpenParent(directory, *text) : std::nullopt;
  if (!place) return Reply::Proceed();
  const UniqueFd file(openat(place->directory.get(), place->name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Reply::Error(errno);
  const std::string record =
      FormatDevice({.is_character = S_ISCHR(mode), .number = number, .mode = mode & kPermissions});
  if (fsetxattr(file.get(), kDeviceAttribute, record.data(), record.size(), 0) != 0 ||
      fchmod(file.get(), mode & kPermissions & ~caller.Umask()) != 0) {
    unlinkat(place->directory.get(), place->name.c_str(), 0);
    return Reply::Error(EPERM);
  }
  return Reply::Value(0);
}

}  // namespace

std::optional<Reply> AnswerDeviceCall(const Caller& caller) {
  switch (caller.call().data.nr) {
#ifdef SYS_mknod
    case SYS_mknod:
      return MakeDeviceFile(caller, AT_FDCWD, 0);
#endif
    case SYS_mknodat:
      return MakeDeviceFile(caller, caller.IntArgument(0), 1);
    default:
      return std::nullopt;
  }
}

std::optional<Reply> AnswerCreateCall(const Caller& caller, const StepFiles& files) {
  switch (caller.call().data.nr) {
#ifdef SYS_open
    case SYS_open:
      return Open(caller, files, AT_FDCWD, 0, caller.IntArgument(1), 2);
    case SYS_creat:
      return Open(caller, files, AT_FDCWD, 0, O_CREAT | O_WRONLY | O_TRUNC, 1);
    case SYS_mkdir:
      return MakeDirectory(caller, files, AT_FDCWD, 0);
    case SYS_mknod:
      return MakeNode(caller, files, AT_FDCWD, 0);
    case SYS_symlink:
      return MakeLink(caller, files, AT_FDCWD, 1);
#endif
    case SYS_openat:
      return Open(caller, files, caller.IntArgument(0), 1, caller.IntArgument(2), 3);
    case SYS_mkdirat:
      return MakeDirectory(caller, files, caller.IntArgument(0), 1);
    case SYS_mknodat:
      return MakeNode(caller, files, caller.IntArgument(0), 1);
    case SYS_symlinkat:
      return MakeLink(caller, files, caller.IntArgument(1), 2);
    default:
      return std::nullopt;
  }
}

}  // namespace ibuild::builder
