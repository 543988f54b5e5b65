#include "sandbox/ownership/id_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "support/recorded_owner.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kMostGroups = 65536;  // NGROUPS_MAX

Reply ReportTriple(const Caller& caller, const IdTriple& ids) {
  const std::array<std::uint32_t, 3> values = {ids.real, ids.effective, ids.saved};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!caller.Write(caller.Argument(i), &values[i], sizeof values[i])) {
      return Reply::Error(EFAULT);
    }
  }
  return Reply::Value(0);
}

Reply ReportGroups(const Caller& caller, const Credentials& ids) {
  const int room = caller.IntArgument(0);
  const auto count = static_cast<int>(ids.groups.size());
  if (room == 0) return Reply::Value(count);
  if (room < count) return Reply::Error(EINVAL);
  const std::size_t bytes = ids.groups.size() * sizeof(std::uint32_t);
  if (bytes != 0 && !caller.Write(caller.Argument(1), ids.groups.data(), bytes)) {
    return Reply::Error(EFAULT);
  }
  return Reply::Value(count);
}

Reply SetGroups(const Caller& caller, Credentials ids) {
  if (!ids.IsRoot()) return Reply::Error(EPERM);
  const auto count = static_cast<std::size_t>(caller.IdArgument(0));
  if (count > kMostGroups) return Reply::Error(EINVAL);
  ids.groups.resize(count);
  const std::size_t bytes = count * sizeof(std::uint32_t);
  if (bytes != 0 && !caller.Read(caller.Argument(1), ids.groups.data(), bytes)) {
    return Reply::Error(EFAULT);
  }
  caller.SetIds(ids);
  return Reply::Value(0);
}

// Keeps the outcome of one of the rules of credentials.h.
Reply Keep(const Caller& caller, const Credentials& ids, int error_number) {
  if (error_number == 0) caller.SetIds(ids);
  return Reply::Done(error_number);
}

Reply SetFileSystem(const Caller& caller, Credentials ids, IdTriple Credentials::*which) {
  const std::uint32_t before = SetFileSystemId(ids.*which, caller.IdArgument(0), ids.IsRoot());
  caller.SetIds(ids);
  return Reply::Value(before);
}

IdTriple WantedTriple(const Caller& caller) {
  return {caller.IdArgument(0), caller.IdArgument(1), caller.IdArgument(2), 0};
}

// A set-user-ID program gives its owner's id to whoever executes it. The kernel would do so with
// the owner that it knows, which is our own: that changes nothing.
Reply BeforeExec(const Caller& caller, int directory, std::uint64_t path, int flags) {
  const auto name = caller.ReadText(path);
  if (!name || (name->empty() && (flags & AT_EMPTY_PATH) == 0)) return Reply::Proceed();
  const UniqueFd file = caller.Open(directory, *name, (flags & AT_SYMLINK_NOFOLLOW) == 0);
  struct stat state {};
  if (!file || fstat(file.get(), &state) != 0 || !S_ISREG(state.st_mode)) {
    return Reply::Proceed();
  }
  const bool sets_group = (state.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
  if ((state.st_mode & S_ISUID) == 0 && !sets_group) return Reply::Proceed();
  const OwnerRecord record = FindOwnerRecord(Caller::PathOf(file).c_str()).value_or(OwnerRecord());
  Credentials ids = caller.Ids();
  if ((state.st_mode & S_ISUID) != 0) {
    ids.user.effective = ids.user.saved = ids.user.file_system = record.owner.uid;
  }
  if (sets_group) {
    ids.group.effective = ids.group.saved = ids.group.file_system = record.owner.gid;
  }
  caller.SetIds(ids);
  return Reply::Proceed();
}

}  // namespace

std::optional<Reply> AnswerIdCall(const Caller& caller) {
  const int call = caller.call().data.nr;
  if (call == SYS_execve) return BeforeExec(caller, AT_FDCWD, caller.Argument(0), 0);
  if (call == SYS_execveat) {
    return BeforeExec(caller, caller.IntArgument(0), caller.Argument(1), caller.IntArgument(4));
  }
  // Setting the limit in which ids are carried changes nothing.
  if (call == SYS_setrlimit) return Reply::Value(0);
  if (call == SYS_prlimit64) {
    return caller.Argument(2) != 0 ? Reply::Value(0) : Reply::Proceed();
  }
  Credentials ids = caller.Ids();
  const bool root = ids.IsRoot();
  switch (call) {
    case SYS_getuid:
      return Reply::Value(ids.user.real);
    case SYS_geteuid:
      return Reply::Value(ids.user.effective);
    case SYS_getgid:
      return Reply::Value(ids.group.real);
    case SYS_getegid:
      return Reply::Value(ids.group.effective);
    case SYS_getresuid:
      return ReportTriple(caller, ids.user);
    case SYS_getresgid:
      return ReportTriple(caller, ids.group);
    case SYS_getgroups:
      return ReportGroups(caller, ids);
    case SYS_setuid:
      return Keep(caller, ids, SetId(ids.user, caller.IdArgument(0), root));
    case SYS_setgid:
      return Keep(caller, ids, SetId(ids.group, caller.IdArgument(0), root));
    case SYS_setreuid:
      return Keep(caller, ids,
                  SetRealEffective(ids.user, caller.IdArgument(0), caller.IdArgument(1), root));
    case SYS_setregid:
      return Keep(caller, ids,
                  SetRealEffective(ids.group, caller.IdArgument(0), caller.IdArgument(1), root));
    case SYS_setresuid:
      return Keep(caller, ids, SetAll(ids.user, WantedTriple(caller), root));
    case SYS_setresgid:
      return Keep(caller, ids, SetAll(ids.group, WantedTriple(caller), root));
    case SYS_setfsuid:
      return SetFileSystem(caller, ids, &Credentials::user);
    case SYS_setfsgid:
      return SetFileSystem(caller, ids, &Credentials::group);
    case SYS_setgroups:
      return SetGroups(caller, ids);
    default:
      return std::nullopt;
  }
}

}  // namespace ibuild::builder
