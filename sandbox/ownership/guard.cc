#include "sandbox/ownership/guard.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstdint>
#include <span>
#include <utility>

#include "sandbox/network/socket_guard.h"
#include "sandbox/seccomp/call_filter.h"

namespace ibuild::builder {
namespace {

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

constexpr std::uint32_t kOwnershipCalls[] = {
    SYS_fstat,     SYS_newfstatat, SYS_statx,
#ifdef SYS_stat  // those that only the older architectures have
    SYS_stat,      SYS_lstat,      SYS_chown,    SYS_lchown,    SYS_chmod,     SYS_mkdir,
    SYS_mknod,     SYS_symlink,    SYS_creat,
#endif
    SYS_fchown,    SYS_fchownat,   SYS_fchmod,   SYS_fchmodat,  SYS_fchmodat2, SYS_mkdirat,
    SYS_mknodat,   SYS_symlinkat,  SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_execve,
    SYS_execveat,  SYS_getuid,     SYS_geteuid,  SYS_getgid,    SYS_getegid,   SYS_getresuid,
    SYS_getresgid, SYS_getgroups,  SYS_setuid,   SYS_setgid,    SYS_setreuid,  SYS_setregid,
    SYS_setresuid, SYS_setresgid,  SYS_setfsuid, SYS_setfsgid,  SYS_setgroups,
};

std::span<const wire::FilterInstruction> Rest(bool with_sockets) {
  if (!with_sockets) return {};
  return SocketGuard();
}

}  // namespace

std::vector<wire::FilterInstruction> OwnershipGuard(bool with_sockets) {
  CallFilter filter;
  // Opening is by far the most frequent call: only those are stopped that may make a file.
#ifdef SYS_open
  filter.StopWithBits(SYS_open, 1, O_CREAT);
#endif
  filter.StopWithBits(SYS_openat, 2, O_CREAT);
  // The limit in which a process carries its ids (caller.h) is not the step's to set.
  filter.StopWithValue(SYS_setrlimit, 0, RLIMIT_LOCKS);
  filter.StopWithValue(SYS_prlimit64, 1, RLIMIT_LOCKS);
  for (const std::uint32_t call : kOwnershipCalls) filter.Stop(call);
  return std::move(filter).Finish(Rest(with_sockets));
}

std::vector<wire::FilterInstruction> DeviceGuard(bool with_sockets) {
  static_assert((S_IFBLK & S_IFCHR) == S_IFCHR && (S_IFIFO & S_IFCHR) == 0 &&
                (S_IFREG & S_IFCHR) == 0 && (S_IFSOCK & S_IFCHR) == 0);
  CallFilter filter;
#ifdef SYS_mknod
  filter.StopWithBits(SYS_mknod, 1, S_IFCHR);
#endif
  filter.StopWithBits(SYS_mknodat, 2, S_IFCHR);
  return std::move(filter).Finish(Rest(with_sockets));
}

}  // namespace ibuild::builder
