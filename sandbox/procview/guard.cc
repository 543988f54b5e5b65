#include "sandbox/procview/guard.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "sandbox/seccomp/native_arch.h"

namespace ibuild::builder {
namespace {

constexpr std::uint32_t kLookupCalls[] = {
    SYS_openat,   SYS_newfstatat, SYS_statx,     SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
    SYS_getxattr, SYS_lgetxattr,  SYS_listxattr, SYS_llistxattr, SYS_fchmodat,
#ifdef SYS_open  // those that only the older architectures have
    SYS_open,     SYS_stat,       SYS_lstat,     SYS_readlink,   SYS_access,    SYS_chmod,
#endif
};

}  // namespace

std::vector<wire::FilterInstruction> ProcGuard() {
  constexpr auto kCount = static_cast<std::uint8_t>(std::size(kLookupCalls));
  const auto add = [](int code, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
    return wire::FilterInstruction{static_cast<std::uint16_t>(code), yes, no, k};
  };
  std::vector<wire::FilterInstruction> filter;
  filter.push_back(add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch), 0, 0));
  filter.push_back(add(BPF_JMP | BPF_JEQ | BPF_K, kNativeArch, 0, kCount + 1));
  filter.push_back(add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr), 0, 0));
  for (std::uint8_t i = 0; i < kCount; ++i) {
    filter.push_back(
        add(BPF_JMP | BPF_JEQ | BPF_K, kLookupCalls[i], static_cast<std::uint8_t>(kCount - i), 0));
  }
  filter.push_back(add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0));
  filter.push_back(add(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0));
  return filter;
}

}  // namespace ibuild::builder
