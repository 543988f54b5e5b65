// What the guard's few instructions say to each kind of call, 32-bit ones included, without a
// kernel.
#include "sandbox/network/socket_guard.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/sandbox/filter_machine.h"

namespace ibuild::builder {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kSmall = AUDIT_ARCH_I386;
constexpr int kSmallSocket = 359;
#else
constexpr std::uint32_t kNative = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kSmall = AUDIT_ARCH_ARM;
constexpr int kSmallSocket = 281;
#endif
constexpr int kSmallSocketCall = 102;

bool IsWatched(std::uint32_t arch, int number, std::uint64_t first, std::uint64_t third = 0) {
  seccomp_data call{};
  call.arch = arch;
  call.nr = number;
  call.args[0] = first;
  call.args[2] = third;
  return Decide(SocketGuard(), call) == SECCOMP_RET_USER_NOTIF;
}

TEST(SocketGuardTest, WatchesSocketsThatReachANetwork) {
  for (const int family : {AF_INET, AF_INET6, AF_PACKET}) {
    EXPECT_TRUE(IsWatched(kNative, SYS_socket, static_cast<std::uint64_t>(family))) << family;
  }
  EXPECT_TRUE(IsWatched(kNative, SYS_socket, AF_NETLINK, NETLINK_ROUTE));
  constexpr std::uint64_t kGarbageAbove = 0xdeadbeef00000000;  // which the kernel does not look at
  EXPECT_TRUE(IsWatched(kNative, SYS_socket, kGarbageAbove | AF_INET));
  EXPECT_FALSE(IsWatched(kNative, SYS_socket, kGarbageAbove | AF_UNIX));
}

TEST(SocketGuardTest, LetsEverythingElsePass) {
  EXPECT_FALSE(IsWatched(kNative, SYS_socket, AF_UNIX));
  EXPECT_FALSE(IsWatched(kNative, SYS_socket, AF_NETLINK, NETLINK_AUDIT));
  EXPECT_FALSE(IsWatched(kNative, SYS_read, AF_INET));
  EXPECT_FALSE(IsWatched(kNative, kSmallSocket, AF_INET));
  EXPECT_FALSE(IsWatched(kNative, kSmallSocketCall, 1));
}

TEST(SocketGuardTest, WatchesThirtyTwoBitProgramsToo) {
  EXPECT_TRUE(IsWatched(kSmall, kSmallSocket, AF_INET));
  EXPECT_FALSE(IsWatched(kSmall, kSmallSocket, AF_UNIX));
  EXPECT_TRUE(IsWatched(kSmall, kSmallSocketCall, 1));   // socket, of a family that is in memory
  EXPECT_FALSE(IsWatched(kSmall, kSmallSocketCall, 3));  // connect
}

}  // namespace
}  // namespace ibuild::builder
