// What the filter says to calls of either ABI that a program can make, without a kernel.
#include "sandbox/process/seccomp_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <cerrno>

#include "tests/sandbox/filter_machine.h"

namespace ibuild::builder {
namespace {

struct Abi {
  std::uint32_t arch;
  int ioctl;
  int read;
  int mount;
};

#if defined(__x86_64__)
constexpr Abi kAbis[] = {{AUDIT_ARCH_X86_64, SYS_ioctl, SYS_read, SYS_mount},
                         {AUDIT_ARCH_I386, 54, 3, 21}};
#else
constexpr Abi kAbis[] = {{AUDIT_ARCH_AARCH64, SYS_ioctl, SYS_read, SYS_mount},
                         {AUDIT_ARCH_ARM, 54, 3, 21}};
#endif
constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

std::uint32_t Answer(std::uint32_t arch, int number, std::uint64_t second = 0) {
  seccomp_data call{};
  call.arch = arch;
  call.nr = number;
  call.args[1] = second;
  return Decide(SeccompFilter(), call);
}

TEST(SeccompFilterTest, NobodyTypesIntoATerminal) {
  constexpr std::uint64_t kGarbageAbove = 0xdeadbeef00000000;  // which the kernel does not look at
  for (const Abi& abi : kAbis) {
    for (const std::uint64_t request : {0x5412u, 0x541Cu}) {  // TIOCSTI, TIOCLINUX
      EXPECT_EQ(Answer(abi.arch, abi.ioctl, request), kRefused) << abi.arch;
      EXPECT_EQ(Answer(abi.arch, abi.ioctl, kGarbageAbove | request), kRefused) << abi.arch;
    }
    EXPECT_EQ(Answer(abi.arch, abi.ioctl, 0x5401), SECCOMP_RET_ALLOW) << abi.arch;
  }
}

TEST(SeccompFilterTest, CallsThatNobodyKnewDoNotExist) {
  for (const Abi& abi : kAbis) EXPECT_EQ(Answer(abi.arch, 9999), kUnknown) << abi.arch;
}

TEST(SeccompFilterTest, EachAbiHasItsOwnNumbers) {
  for (const Abi& abi : kAbis) {
    EXPECT_EQ(Answer(abi.arch, abi.read), SECCOMP_RET_ALLOW) << abi.arch;
    EXPECT_EQ(Answer(abi.arch, abi.mount), kRefused) << abi.arch;
    EXPECT_EQ(Answer(abi.arch, 452 /* fchmodat2 */), SECCOMP_RET_ALLOW) << abi.arch;
  }
}

TEST(SeccompFilterTest, AForeignAbiHasNoCalls) {
  EXPECT_EQ(Answer(AUDIT_ARCH_PPC64LE, 3), kUnknown);
#if defined(__x86_64__)
  constexpr int kSmallPointers = 0x40000000;  // x32
  EXPECT_NE(Answer(AUDIT_ARCH_X86_64, kSmallPointers | 514, 0x5412), SECCOMP_RET_ALLOW);
#endif
}

}  // namespace
}  // namespace ibuild::builder
