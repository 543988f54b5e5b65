// Runs the tests of this program as an ordinary user inside a user namespace.
//
// Started by root, it first makes itself such a user: the account below, created when missing, with
// the subordinate ids that its creation gives it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "sandbox/host/user_namespace.h"
#include "support/error.h"
#include "support/files.h"
#include "support/process.h"

namespace {

constexpr const char* kUser = "ibuild-test";

void RunTool(std::vector<std::string> argv) {
  const std::string name = argv.front();
  const ibuild::ProcessResult result = ibuild::RunProcess(
      {.argv = std::move(argv), .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}});
  if (!result.status.Success()) {
    throw ibuild::Error(ibuild::ErrorKind::kSystem, name + " failed: " + result.errors);
  }
}

void EnsureUser() {
  // Several test processes may start at a time.
  const auto lock =
      ibuild::FileLock::Acquire("/run/lock/ibuild-test-user", ibuild::FileLock::Mode::kExclusive);
  if (getpwnam(kUser) == nullptr) RunTool({"useradd", "--create-home", kUser});
  const std::string ranges = ibuild::ReadFileIfExists("/etc/subuid").value_or("");
  if (ranges.find(fmt::format("{}:", kUser)) == std::string::npos) {
    RunTool({"usermod", "--add-subuids", "700000-765535", "--add-subgids", "700000-765535", kUser});
  }
}

// Debian gives /dev/net/tun to everybody, machines that were never asked for it to root only; so
// here is one, seen by this process alone.
void OpenTunToAll() {
  const bool done = unshare(CLONE_NEWNS) == 0 &&
                    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                    mount("none", "/dev/net", "tmpfs", 0, "mode=755") == 0 &&
                    mknod("/dev/net/tun", S_IFCHR | 0600, makedev(10, 200)) == 0 &&
                    chmod("/dev/net/tun", 0666) == 0;
  if (!done) ibuild::ThrowErrno("opening /dev/net/tun to all");
}

[[noreturn]] void BecomeUser(char** argv) {
  EnsureUser();
  OpenTunToAll();
  const passwd* user = getpwnam(kUser);
  if (user == nullptr || initgroups(kUser, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
      setuid(user->pw_uid) != 0) {
    ibuild::ThrowErrno("becoming the test user");
  }
  setenv("HOME", user->pw_dir, 1);
  execv("/proc/self/exe", argv);
  ibuild::ThrowErrno("starting again as the test user");
}

bool OnlyLists(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--gtest_list_tests") return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (!OnlyLists(argc, argv)) {
      if (geteuid() == 0) BecomeUser(argv);
      ibuild::builder::EnterUserNamespace();
    }
  } catch (const ibuild::Error& error) {
    std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
    return 1;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
