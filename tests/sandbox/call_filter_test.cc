// Which calls are handed to a listener, and that the rest is judged by what comes behind.
#include "sandbox/seccomp/call_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <utility>
#include <vector>

#include "sandbox/network/socket_guard.h"
#include "sandbox/ownership/guard.h"
#include "sandbox/procview/guard.h"
#include "sandbox/seccomp/native_arch.h"
#include "tests/sandbox/filter_machine.h"

namespace ibuild::builder {
namespace {

using Filter = std::vector<wire::FilterInstruction>;

bool Stops(const Filter& filter, int number, std::uint64_t argument = 0, std::size_t place = 0,
           std::uint32_t arch = kNativeArch) {
  seccomp_data call{};
  call.arch = arch;
  call.nr = number;
  call.args[place] = argument;
  return Decide(filter, call) == SECCOMP_RET_USER_NOTIF;
}

TEST(CallFilterTest, StopsWhatItIsToldAndNothingElse) {
  CallFilter filter;
  filter.StopWithBits(SYS_openat, 2, O_CREAT);
  filter.StopWithValue(SYS_prlimit64, 1, 10);
  filter.Stop(SYS_getuid);
  const Filter made = std::move(filter).Finish();
  EXPECT_TRUE(Stops(made, SYS_getuid));
  EXPECT_TRUE(Stops(made, SYS_openat, O_CREAT | O_WRONLY, 2));
  EXPECT_FALSE(Stops(made, SYS_openat, O_WRONLY, 2));
  EXPECT_FALSE(Stops(made, SYS_openat, O_CREAT, 1));
  EXPECT_TRUE(Stops(made, SYS_prlimit64, 10, 1));
  EXPECT_FALSE(Stops(made, SYS_prlimit64, 11, 1));
  EXPECT_FALSE(Stops(made, SYS_read));
  EXPECT_FALSE(Stops(made, SYS_getuid, 0, 0, kNativeArch + 1));
}

TEST(CallFilterTest, TheRestIsForAnotherFilter) {
  CallFilter filter;
  filter.Stop(SYS_getuid);
  const Filter made = std::move(filter).Finish(SocketGuard());
  EXPECT_TRUE(Stops(made, SYS_getuid));
  EXPECT_TRUE(Stops(made, SYS_socket, AF_INET));
  EXPECT_FALSE(Stops(made, SYS_socket, AF_UNIX));
}

TEST(CallFilterTest, GuardsStopWhatTheirThreadsAnswer) {
  for (const bool with_sockets : {false, true}) {
    const Filter devices = DeviceGuard(with_sockets);
    EXPECT_TRUE(Stops(devices, SYS_mknodat, S_IFCHR | 0600, 2));
    EXPECT_TRUE(Stops(devices, SYS_mknodat, S_IFBLK | 0600, 2));
    EXPECT_FALSE(Stops(devices, SYS_mknodat, S_IFIFO | 0600, 2));
    EXPECT_FALSE(Stops(devices, SYS_mkdirat, S_IFCHR, 2));
    EXPECT_EQ(Stops(devices, SYS_socket, AF_INET), with_sockets);
    const Filter owners = OwnershipGuard(with_sockets);
    EXPECT_TRUE(Stops(owners, SYS_fchownat));
    EXPECT_TRUE(Stops(owners, SYS_mknodat, S_IFIFO | 0600, 2));
    EXPECT_FALSE(Stops(owners, SYS_openat, O_RDONLY, 2));
    EXPECT_FALSE(Stops(owners, SYS_write));
    EXPECT_EQ(Stops(owners, SYS_socket, AF_INET), with_sockets);
  }
  EXPECT_TRUE(Stops(ProcGuard(), SYS_readlinkat));
  EXPECT_FALSE(Stops(ProcGuard(), SYS_socket, AF_INET));
}

}  // namespace
}  // namespace ibuild::builder
