#include "sandbox/ownership/guard.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "sandbox/network/socket_guard.h"
#include "sandbox/seccomp/native_arch.h"

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

class Filter {
 public:
  void Load(std::size_t offset) {
    Add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0);
  }
  // The low half, which is what the kernel takes: the machines we know are little-endian.
  void LoadArgument(std::size_t number) {
    Load(offsetof(seccomp_data, args) + number * sizeof(__u64));
  }
  // Leaves out as many instructions as said.
  void SkipUnless(std::uint32_t value, std::uint8_t count) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
  }
  void SkipUnlessBits(std::uint32_t bits, std::uint8_t count) {
    Add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, count);
  }
  void Return(std::uint32_t action) { Add(BPF_RET | BPF_K, action, 0, 0); }

  std::vector<wire::FilterInstruction> Take() && { return std::move(instructions_); }
  void Append(std::span<const wire::FilterInstruction> tail) {
    instructions_.insert(instructions_.end(), tail.begin(), tail.end());
  }

 private:
  void Add(int code, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
    instructions_.push_back({static_cast<std::uint16_t>(code), yes, no, k});
  }
  std::vector<wire::FilterInstruction> instructions_;
};

// Only where one of these bits is set in an argument.
void StopWithBits(std::uint32_t call, std::size_t argument, std::uint32_t bits, Filter* filter) {
  filter->SkipUnless(call, 4);
  filter->LoadArgument(argument);
  filter->SkipUnlessBits(bits, 1);
  filter->Return(SECCOMP_RET_USER_NOTIF);
  filter->Return(SECCOMP_RET_ALLOW);
}

// The limit in which a process carries its ids (caller.h) is not the step's to set.
void StopLimit(std::uint32_t call, std::size_t argument, Filter* filter) {
  filter->SkipUnless(call, 4);
  filter->LoadArgument(argument);
  filter->SkipUnless(RLIMIT_LOCKS, 1);
  filter->Return(SECCOMP_RET_USER_NOTIF);
  filter->Return(SECCOMP_RET_ALLOW);
}

// What is said of native calls, then of sockets.
std::vector<wire::FilterInstruction> Compose(Filter native, bool with_sockets) {
  Filter filter;
  filter.Load(offsetof(seccomp_data, arch));
  const auto body = std::move(native).Take();
  filter.SkipUnless(kNativeArch, static_cast<std::uint8_t>(body.size()));
  filter.Append(body);
  if (with_sockets) {
    filter.Append(SocketGuard());
  } else {
    filter.Return(SECCOMP_RET_ALLOW);
  }
  return std::move(filter).Take();
}

}  // namespace

std::vector<wire::FilterInstruction> OwnershipGuard(bool with_sockets) {
  constexpr auto kCount = static_cast<std::uint8_t>(std::size(kOwnershipCalls));
  Filter native;
  native.Load(offsetof(seccomp_data, nr));
  // Opening is by far the most frequent call: only those are stopped that may make a file.
#ifdef SYS_open
  StopWithBits(SYS_open, 1, O_CREAT, &native);
#endif
  StopWithBits(SYS_openat, 2, O_CREAT, &native);
  StopLimit(SYS_setrlimit, 0, &native);
  StopLimit(SYS_prlimit64, 1, &native);
  for (std::size_t i = 0; i < kCount; ++i) {
    native.SkipUnless(kOwnershipCalls[i], 1);
    native.Return(SECCOMP_RET_USER_NOTIF);
  }
  return Compose(std::move(native), with_sockets);
}

std::vector<wire::FilterInstruction> DeviceGuard(bool with_sockets) {
  static_assert((S_IFBLK & S_IFCHR) == S_IFCHR && (S_IFIFO & S_IFCHR) == 0 &&
                (S_IFREG & S_IFCHR) == 0 && (S_IFSOCK & S_IFCHR) == 0);
  Filter native;
  native.Load(offsetof(seccomp_data, nr));
#ifdef SYS_mknod
  StopWithBits(SYS_mknod, 1, S_IFCHR, &native);
#endif
  StopWithBits(SYS_mknodat, 2, S_IFCHR, &native);
  return Compose(std::move(native), with_sockets);
}

}  // namespace ibuild::builder
