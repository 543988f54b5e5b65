#include "sandbox/procview/guard.h"

#include <sys/syscall.h>

#include <cstdint>
#include <utility>

#include "sandbox/seccomp/call_filter.h"

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
  CallFilter filter;
  for (const std::uint32_t call : kLookupCalls) filter.Stop(call);
  return std::move(filter).Finish();
}

}  // namespace ibuild::builder
