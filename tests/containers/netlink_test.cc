// What the kernel makes of our messages, in a network namespace of the test's own.
#include "containers/network/netlink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>

#include "support/files.h"

namespace ibuild::containers {
namespace {

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kNoNamespace = 2;

// The last two bytes of an interface's hardware address.
int EndOfMac(const char* interface) {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (ioctl(fd.get(), SIOCGIFHWADDR, &request) != 0) return -1;
  const auto* bytes = reinterpret_cast<const unsigned char*>(request.ifr_hwaddr.sa_data);
  return bytes[4] * 256 + bytes[5];
}

int ConnectAndLook() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kNoNamespace;
  try {
    const UniqueFd here = OpenFile("/proc/self/ns/net", O_RDONLY);
    Netlink links;
    links.CreateBridge("bridge0");
    links.CreateVeth({.name = "port0",
                      .peer = "eth0",
                      .peer_namespace = here.get(),
                      .peer_mac = "02:42:ac:11:00:02"});
    links.SetMaster("port0", "bridge0");
    links.SetMtu("eth0", 65520);
    links.SetUp("eth0");
    return EndOfMac("eth0") == 2 ? kPassed : kFailed;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kFailed;
  }
}

TEST(Netlink, ConnectsAContainerWithABridge) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(ConnectAndLook());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) GTEST_SKIP() << "no user namespace to be had";
  EXPECT_EQ(WEXITSTATUS(status), kPassed);
}

}  // namespace
}  // namespace ibuild::containers
