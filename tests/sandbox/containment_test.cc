// That there is no way out: devices, the other ABI, links that lead where nothing may be mounted,
// other people's processes.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <thread>

#include "sandbox/host/host_facts.h"
#include "support/error.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class ContainmentTest : public SandboxTestCase {
 protected:
  // One mount of every kind.
  void AddMounts(SandboxSpec* spec) {
    const fs::path volume = directory() / "volume";
    fs::create_directories(volume);
    fs::create_directories(directory() / "below");
    spec->mounts = {
        {"/volume", BindMount{.source_root = volume, .source = "", .read_only = false}},
        {"/view",
         OverlayMount{
             .lowers = {directory() / "below"}, .source = "", .writable = true, .scratch = {}}},
        {"/memory", TmpfsMount{}},
        {"/run/secret", MemoryFile{.content = Secret("x"), .mode = 0400}},
    };
  }

  std::string Failure(std::vector<MountEntry> mounts) {
    SandboxSpec spec = Shell("true");
    spec.mounts = std::move(mounts);
    try {
      Run(spec);
    } catch (const Error& error) {
      return error.message();
    }
    return "none";
  }
};

struct MountLine {
  std::string target;
  std::string options;
  std::string type;
};

// proc(5), mountinfo.
std::vector<MountLine> ParseMountTable(const std::string& text) {
  std::vector<MountLine> table;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string skipped;
    MountLine entry;
    words >> skipped >> skipped >> skipped >> skipped >> entry.target >> entry.options;
    while (words >> skipped && skipped != "-") {
    }
    words >> entry.type;
    table.push_back(std::move(entry));
  }
  return table;
}

TEST_F(ContainmentTest, NoMountThatCanBeWrittenToHasDevices) {
  SandboxSpec spec = Shell("cat /proc/self/mountinfo");
  AddMounts(&spec);
  const std::vector<MountLine> table = ParseMountTable(Run(spec).output);
  std::vector<std::string> with_devices;
  for (const MountLine& mount : table) {
    const bool nodev = ("," + mount.options + ",").find(",nodev,") != std::string::npos;
    // In a devpts only the kernel makes nodes, and only terminals.
    const bool mask = mount.target.starts_with("/proc/");  // /dev/null, over what is hidden
    if (!nodev && mount.type != "devpts" && !mask) with_devices.push_back(mount.target);
  }
  EXPECT_GT(table.size(), 15u);
  EXPECT_THAT(with_devices,
              testing::UnorderedElementsAre("/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                            "/dev/urandom", "/dev/tty"));
}

TEST_F(ContainmentTest, NodesCanBeMadeAnywhereAndOpenNowhere) {
  SandboxSpec spec = Shell(
      "for d in / /tmp /dev /dev/shm /volume /view /memory; do"
      "  mknod $d/node c 1 3 && test -c $d/node || echo none in $d;"
      "  (cat $d/node && echo opened $d) 2>/dev/null;"
      "done; for d in null zero full random urandom; do head -c 1 /dev/$d >/dev/null || exit 1; "
      "done");
  AddMounts(&spec);
  const RunOutcome outcome = Run(spec);
  EXPECT_TRUE(outcome.result.status.Success());
  if (FindHostFacts().in_user_namespace) return;  // NodesOfAUserNamespaceAreFiles says what there
  EXPECT_EQ(outcome.output, "");
}

// There the kernel makes none: what is recorded instead can be opened, being no device.
TEST_F(ContainmentTest, NodesOfAUserNamespaceAreFiles) {
  if (!FindHostFacts().in_user_namespace) GTEST_SKIP() << "the kernel makes nodes here";
  SandboxSpec spec = Shell(
      "for d in / /tmp /dev /dev/shm /volume /view /memory; do"
      "  mknod $d/node c 1 5 2>/dev/null; test -e $d/node || continue;"
      "  echo \"$(stat -c '%F %s' $d/node) $(head -c 1 $d/node | wc -c)\";"
      "done | sort -u");
  AddMounts(&spec);
  EXPECT_EQ(Run(spec).output, "regular empty file 0 0\n");
}

TEST_F(ContainmentTest, TheOtherAbiTypesIntoNoTerminalEither) {
  const fs::path layer = AddLayer("program");
  fs::copy_file(fs::read_symlink("/proc/self/exe").parent_path() / "small_abi_program",
                layer / "program");
  SandboxSpec spec = Shell("");
  spec.argv = {"/program"};
  const ExitStatus status = Run(spec).result.status;
  if (status.signal != 0) GTEST_SKIP() << "this kernel has one ABI only";
  EXPECT_EQ(status.code, EPERM);  // without the filter ENOTTY: the input is a device
}

TEST_F(ContainmentTest, NoTargetLeadsByALinkToWhatEveryStepNeeds) {
  const fs::path layer = AddLayer("links");
  fs::create_symlink("/", layer / "r");
  fs::create_symlink("../dev", layer / "d");
  fs::create_symlink("/dev/null", layer / "n");
  fs::create_symlink("/proc/acpi", layer / "masked");
  for (const char* target :
       {"/r", "/r/dev", "/d", "/r/r/d", "/r/dev/pts", "/r/proc", "/r/sys/fs"}) {
    EXPECT_THAT(Failure({{target, TmpfsMount{}}}), HasSubstr("a mount target is, or leads"))
        << target;
  }
  for (const char* target : {"/n", "/r/dev/null", "/d/tty", "/dev/zero"}) {
    EXPECT_THAT(Failure({{target, MemoryFile{.content = Secret("x")}}}),
                HasSubstr("a mount target is, or leads"))
        << target;
  }
  if (fs::exists("/proc/acpi")) {
    EXPECT_NE(Failure({{"/masked", TmpfsMount{}}}), "none");
  }
}

TEST_F(ContainmentTest, WhatIsBesideTheDevicesCanBeCovered) {
  fs::create_symlink("/", AddLayer("links") / "r");
  SandboxSpec spec = Shell(
      "stat -f -c %b /dev/shm /dev/mqueue; cat /dev/own/file; ls /r/tmp/x; grep -c /dev/shm "
      "/proc/mounts");
  spec.mounts = {{"/dev/shm", TmpfsMount{.size = 4096}},
                 {"/dev/mqueue", TmpfsMount{.size = 8192}},
                 {"/r/dev/own/file", MemoryFile{.content = Secret("own\n"), .mode = 0444}},
                 {"/r/tmp/x", TmpfsMount{}}};
  EXPECT_EQ(Run(spec).output, "1\n2\nown\n1\n");
}

// As in a container whose runtime masked parts of /proc: there the kernel lets no user namespace
// mount a fresh one. Root outside of any may always.
class SharedProcTest : public ContainmentTest {
 protected:
  // Runs `test` in a process where that is so; true when it said so.
  bool WithOuterProc(const std::function<bool()>& test) {
    const pid_t child = fork();
    if (child == 0) {
      const bool covered =
          unshare(CLONE_NEWNS) == 0 && mount("none", "/proc/fs", "tmpfs", MS_RDONLY, nullptr) == 0;
      _exit(covered && test() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return ExitStatus::FromWait(status).Success();
  }
};

TEST_F(SharedProcTest, NoStepReachesAnotherOne) {
  if (!CanIsolateProcesses()) GTEST_SKIP() << "no Landlock here";
  SandboxSpec victim = Shell("sleep 3");
  victim.env.push_back("TOKEN=classified");
  victim.mounts = {{"/run/secret", MemoryFile{.content = Secret("classified"), .mode = 0444}}};
  const SandboxSpec spy = Shell(
      "sleep 0.5; cd /proc; for p in [0-9]*; do echo $p; cat $p/environ $p/root/run/secret; "
      "ls $p/fd $p/cwd/; done 2>/dev/null | tr '\\0' '\\n'; ls self/root/bin/busybox");
  EXPECT_TRUE(WithOuterProc([&] {
    std::jthread other([&] { Run(victim); });
    const std::string seen = Run(spy).output;
    EXPECT_THAT(seen, Not(HasSubstr("classified")));
    EXPECT_THAT(seen, HasSubstr("self/root/bin/busybox"));
    return seen.find("classified") == std::string::npos;
  }));
}

TEST_F(SharedProcTest, FilesCanBeLinkedAndMovedBetweenDirectories) {
  const SandboxSpec spec =
      Shell("mkdir /a /b && touch /a/f && ln /a/f /b/g && mv /a/f /b/f && ls /b");
  EXPECT_TRUE(WithOuterProc([&] { return Run(spec).output == "f\ng\n"; }));
}

}  // namespace
}  // namespace ibuild::builder
