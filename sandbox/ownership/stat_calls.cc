#include "sandbox/ownership/stat_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <string>

namespace ibuild::builder {
namespace {

// What is recorded of a file, when anything is.
struct Recorded {
  std::optional<FileOwner> owner;
  std::optional<RecordedDevice> device;

  bool IsNothing() const { return !owner && !device; }
};

Recorded FindRecorded(const UniqueFd& file, const StepFiles& files) {
  struct stat state {};
  if (fstat(file.get(), &state) != 0) return {};
  return {.owner = FindOwner(file, state, files),
          .device = FindDevice(Caller::PathOf(file).c_str(), state)};
}

// `mode`: of the file that stands for it.
mode_t ModeOf(const RecordedDevice& device, mode_t mode) {
  return (device.is_character ? S_IFCHR : S_IFBLK) | device.mode.value_or(mode & 07777);
}

// `file` is what the call is about. Whatever fails is the kernel's to report.
Reply Stat(const Caller& caller, const StepFiles& files, const UniqueFd& file, std::size_t buffer) {
  if (!file) return Reply::Proceed();
  const Recorded recorded = FindRecorded(file, files);
  struct stat state {};
  if (recorded.IsNothing() || fstat(file.get(), &state) != 0) return Reply::Proceed();
  if (recorded.owner) {
    state.st_uid = recorded.owner->uid;
    state.st_gid = recorded.owner->gid;
  }
  if (recorded.device) {
    state.st_mode = ModeOf(*recorded.device, state.st_mode);
    state.st_rdev = recorded.device->number;
  }
  return Reply::Done(caller.Write(caller.Argument(buffer), &state, sizeof state) ? 0 : EFAULT);
}

Reply Statx(const Caller& caller, const StepFiles& files, const UniqueFd& file) {
  if (!file) return Reply::Proceed();
  const Recorded recorded = FindRecorded(file, files);
  if (recorded.IsNothing()) return Reply::Proceed();
  struct statx state {};
  constexpr int kSync = AT_STATX_SYNC_AS_STAT | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
  const int flags = (caller.IntArgument(2) & kSync) | AT_EMPTY_PATH;
  if (statx(file.get(), "", flags, caller.IdArgument(3), &state) != 0) return Reply::Proceed();
  if (recorded.owner) {
    state.stx_uid = recorded.owner->uid;
    state.stx_gid = recorded.owner->gid;
  }
  if (recorded.device) {
    state.stx_mode = static_cast<std::uint16_t>(ModeOf(*recorded.device, state.stx_mode));
    state.stx_rdev_major = major(recorded.device->number);
    state.stx_rdev_minor = minor(recorded.device->number);
  }
  return Reply::Done(caller.Write(caller.Argument(4), &state, sizeof state) ? 0 : EFAULT);
}

UniqueFd OpenPath(const Caller& caller, std::size_t path_argument, bool follow) {
  const auto path = caller.ReadText(caller.Argument(path_argument));
  return path && !path->empty() ? caller.Open(AT_FDCWD, *path, follow) : UniqueFd();
}

// The path may be null or empty where AT_EMPTY_PATH says that the descriptor is meant.
UniqueFd OpenPathAt(const Caller& caller, int flags) {
  const bool may_be_empty = (flags & AT_EMPTY_PATH) != 0;
  if (caller.Argument(1) == 0) {
    return may_be_empty ? caller.OpenDescriptor(caller.IntArgument(0)) : UniqueFd();
  }
  const auto path = caller.ReadText(caller.Argument(1));
  if (!path || (path->empty() && !may_be_empty)) return UniqueFd();
  return caller.Open(caller.IntArgument(0), *path, (flags & AT_SYMLINK_NOFOLLOW) == 0);
}

}  // namespace

std::optional<Reply> AnswerStatCall(const Caller& caller, const StepFiles& files) {
  switch (caller.call().data.nr) {
#ifdef SYS_stat
    case SYS_stat:
      return Stat(caller, files, OpenPath(caller, 0, true), 1);
    case SYS_lstat:
      return Stat(caller, files, OpenPath(caller, 0, false), 1);
#endif
    case SYS_fstat:
      return Stat(caller, files, caller.OpenDescriptor(caller.IntArgument(0)), 1);
    case SYS_newfstatat:
      return Stat(caller, files, OpenPathAt(caller, caller.IntArgument(3)), 2);
    case SYS_statx:
      return Statx(caller, files, OpenPathAt(caller, caller.IntArgument(2)));
    default:
      return std::nullopt;
  }
}

}  // namespace ibuild::builder
