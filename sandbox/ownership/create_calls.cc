#include "sandbox/ownership/create_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
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

// What a call of mknod(2) wants, if a device. Number 0:0 is a whiteout's, which everybody may make
// but through an overlay: the kernel knows.
std::optional<RecordedDevice> WantedDevice(const Caller& caller, std::size_t mode_argument) {
  const mode_t mode = caller.IdArgument(mode_argument);
  const auto number = static_cast<dev_t>(caller.IdArgument(mode_argument + 1));  // the low half
  const bool is_character = S_ISCHR(mode);
  if (!S_ISBLK(mode) && (!is_character || number == 0)) return std::nullopt;
  return RecordedDevice{.is_character = is_character,
                        .number = number,
                        .mode = mode & kPermissions & ~caller.Umask()};
}

// Leaves an empty file that stands for the device: open, or nothing with errno set.
UniqueFd MakeDeviceFile(const Caller::Place& place, const RecordedDevice& device) {
  UniqueFd file(openat(place.directory.get(), place.name.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || RecordDevice(file.get(), device) == 0) return file;
  unlinkat(place.directory.get(), place.name.c_str(), 0);
  errno = EPERM;
  return UniqueFd();
}

Reply MakeNode(const Caller& caller, const StepFiles& files, int directory, std::size_t path) {
  const mode_t mode = caller.IdArgument(path + 1);
  const auto device = WantedDevice(caller, path + 1);
  const auto site = FindSite(caller, directory, caller.Argument(path));
  if (!site || (S_ISCHR(mode) && !device)) return Reply::Proceed();
  if (device) {
    if (!caller.Ids().IsRoot()) return Reply::Error(EPERM);
    const UniqueFd file = MakeDeviceFile(site->place, *device);
    if (!file) return Reply::Error(errno);
    RecordNewOwner(file, site->owner, files);
    return Reply::Value(0);
  }
  const mode_t permissions = mode & kPermissions & ~caller.Umask();
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
Reply MakeDevice(const Caller& caller, int directory, std::size_t path) {
  const auto device = WantedDevice(caller, path + 1);
  if (!device || !caller.IsRootOfStep()) return Reply::Proceed();
  const auto text = caller.ReadText(caller.Argument(path));
  const auto place = text ? caller.OpenParent(directory, *text) : std::nullopt;
  if (!place) return Reply::Proceed();
  return MakeDeviceFile(*place, *device) ? Reply::Value(0) : Reply::Error(errno);
}

}  // namespace

std::optional<Reply> AnswerDeviceCall(const Caller& caller) {
  switch (caller.call().data.nr) {
#ifdef SYS_mknod
    case SYS_mknod:
      return MakeDevice(caller, AT_FDCWD, 0);
#endif
    case SYS_mknodat:
      return MakeDevice(caller, caller.IntArgument(0), 1);
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
