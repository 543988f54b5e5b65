// Which paths are /proc's, and which of its links may be followed.
#include "sandbox/procview/proc_path.h"

#include <gtest/gtest.h>

namespace ibuild::builder {
namespace {

std::string Found(std::string_view path) {
  const auto found = FindProcPath(path, 42);
  return found ? found->path + (found->is_own_link ? " (own)" : "") : "none";
}

TEST(ProcPath, SelfIsTheCaller) {
  EXPECT_EQ(Found("/proc/self/status"), "42/status");
  EXPECT_EQ(Found("/proc/thread-self/comm"), "42/comm");
  EXPECT_EQ(Found("/proc/selfish"), "selfish");
  EXPECT_EQ(Found("/proc"), ".");
  EXPECT_EQ(Found("//proc/./cpuinfo"), "none");  // no program writes that
  EXPECT_EQ(Found("/proc/sys/../cpuinfo"), "cpuinfo");
}

TEST(ProcPath, OnlyTheCallersOwnLinksAreFollowed) {
  EXPECT_EQ(Found("/proc/self/exe"), "42/exe (own)");
  EXPECT_EQ(Found("/proc/42/fd/3"), "42/fd/3 (own)");
  EXPECT_EQ(Found("/proc/42/root"), "42/root (own)");
  EXPECT_EQ(Found("/proc/42/root/etc/shadow"), "42/root/etc/shadow");
  EXPECT_EQ(Found("/proc/1/root"), "1/root");
  EXPECT_EQ(Found("/proc/1/fd/3"), "1/fd/3");
  EXPECT_EQ(Found("/proc/42/task/43/fd/3"), "42/task/43/fd/3");
}

TEST(ProcPath, DevicesThatLeadThere) {
  EXPECT_EQ(Found("/dev/fd/63"), "42/fd/63 (own)");
  EXPECT_EQ(Found("/dev/stdout"), "42/fd/1 (own)");
  EXPECT_EQ(Found("/dev/null"), "none");
  EXPECT_EQ(Found("/process"), "none");
  EXPECT_EQ(Found("etc/passwd"), "none");
}

}  // namespace
}  // namespace ibuild::builder
