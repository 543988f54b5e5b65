// What a command finds when it runs in the sandbox, and what becomes of it.
#include "sandbox/process/namespace_executor.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <thread>

#include "sandbox/host/host_facts.h"
#include "support/error.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class NamespaceExecutorTest : public SandboxTestCase {};

TEST_F(NamespaceExecutorTest, PassesBothStreamsOnInOrder) {
  EXPECT_EQ(Output("echo hello; echo there >&2; echo again"), "hello\nthere\nagain\n");
}

TEST_F(NamespaceExecutorTest, ReportsExitCodeAndSignal) {
  EXPECT_EQ(Run(Shell("exit 7")).result.status.code, 7);
  const ExitStatus killed = Run(Shell("kill -KILL $$")).result.status;
  EXPECT_EQ(killed.signal, 9);
  EXPECT_EQ(killed.ShellCode(), 137);
}

TEST_F(NamespaceExecutorTest, RunsAnExecFormWithoutShell) {
  SandboxSpec spec = Shell("");
  spec.argv = {"echo", "a b", "$HOME"};
  EXPECT_EQ(Run(spec).output, "a b $HOME\n");
}

TEST_F(NamespaceExecutorTest, GivesTheEnvironmentAndNothingElse) {
  SandboxSpec spec = Shell("");
  spec.argv = {"/bin/env"};
  spec.env = {"PATH=/bin", "A=1", "EMPTY=", "HOME=/here"};
  EXPECT_EQ(Run(spec).output, "PATH=/bin\nA=1\nEMPTY=\nHOME=/here\n");
}

TEST_F(NamespaceExecutorTest, ReportsWhatAStepUsed) {
  const ResourceUsage usage =
      Run(Shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")).result.usage;
  EXPECT_GT(usage.wall.count(), 0);
  EXPECT_GT((usage.cpu_user + usage.cpu_system).count(), 0);
  EXPECT_GT(usage.peak_memory, 100u << 10);
  EXPECT_EQ(usage.oom_kills, 0u);
}

// Programs that cannot be started.

Error StartError(NamespaceExecutor& executor, const SandboxSpec& spec) {
  try {
    executor.Run(spec, {}, {});
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kInternal, "it ran");
}

TEST_F(NamespaceExecutorTest, SaysThatAProgramIsMissing) {
  SandboxSpec spec = Shell("");
  spec.argv = {"nope", "x"};
  Error error = StartError(executor(), spec);
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_EQ(error.message(), "exec: \"nope\": executable file not found in $PATH");
  spec.argv = {"/bin/nope"};
  spec.root = Shell("").root;
  error = StartError(executor(), spec);
  EXPECT_EQ(error.message(), "exec: \"/bin/nope\": stat /bin/nope: no such file or directory");
}

TEST_F(NamespaceExecutorTest, SaysThatAProgramCannotBeExecuted) {
  WriteFileAtomically(AddLayer("scripts") / "plain", "text", 0644);
  WriteFileAtomically(directory() / "scripts/odd",
                      "\x7f"
                      "ELFodd",
                      0755);
  SandboxSpec spec = Shell("");
  spec.argv = {"/plain"};
  EXPECT_EQ(StartError(executor(), spec).kind(), ErrorKind::kPermissionDenied);
  spec.root = Shell("").root;
  spec.argv = {"/odd"};
  EXPECT_EQ(StartError(executor(), spec).message(), "exec /odd: exec format error");
}

TEST_F(NamespaceExecutorTest, RefusesAnEmptyCommand) {
  SandboxSpec spec = Shell("");
  spec.argv = {};
  EXPECT_EQ(StartError(executor(), spec).kind(), ErrorKind::kInvalidInput);
}

// What the command may do.

TEST_F(NamespaceExecutorTest, RootHasFourteenCapabilitiesAndNoneToHandOn) {
  const std::string status = Output("grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status");
  EXPECT_THAT(status, HasSubstr("CapInh:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("CapPrm:\t00000000a80425fb"));
  EXPECT_THAT(status, HasSubstr("CapEff:\t00000000a80425fb"));
  EXPECT_THAT(status, HasSubstr("CapBnd:\t00000000a80425fb"));
  EXPECT_THAT(status, HasSubstr("CapAmb:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t0"));
  EXPECT_THAT(status, HasSubstr("Seccomp:\t2"));
}

TEST_F(NamespaceExecutorTest, AnOrdinaryUserHasNoCapabilities) {
  SandboxSpec spec = Shell("grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status; id");
  spec.user = "1000:1000";
  const std::string output = Run(spec).output;
  EXPECT_THAT(output, HasSubstr("CapPrm:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("CapBnd:\t00000000a80425fb"));
  EXPECT_THAT(output, HasSubstr("uid=1000 gid=1000"));
}

TEST_F(NamespaceExecutorTest, HoldsNoGroupOfTheHost) {
  EXPECT_EQ(Output("grep Groups /proc/self/status"), "Groups:\t0 \n");
}

TEST_F(NamespaceExecutorTest, MountsAndNamespacesAreRefused) {
  EXPECT_THAT(Run(Shell("mount -t tmpfs none /tmp && echo done")).output, Not(HasSubstr("done")));
  EXPECT_THAT(Run(Shell("unshare -r true && echo done")).output, Not(HasSubstr("done")));
}

TEST_F(NamespaceExecutorTest, DeviceNodesOfTheImageDoNotWork) {
  const std::string output =
      Run(Shell("mknod /n c 1 3; cat /n && echo done; stat -c %F /n")).output;
  if (FindHostFacts().in_user_namespace) {  // where the node is a record of one
    EXPECT_EQ(output, "done\nregular empty file\n");
  } else {
    EXPECT_THAT(output, Not(HasSubstr("done")));
  }
}

TEST_F(NamespaceExecutorTest, InsecureStepsHaveMoreCapabilitiesAndNoFilter) {
  SandboxSpec spec = Shell("grep -E 'CapEff|Seccomp:' /proc/self/status; mount -t tmpfs none /tmp");
  spec.security = SecurityMode::kInsecure;
  const RunOutcome outcome = Run(spec);
  EXPECT_TRUE(outcome.result.status.Success()) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("Seccomp:\t0"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("00000000a80425fb")));
}

// What the command sees.

TEST_F(NamespaceExecutorTest, OnlyStandardDescriptorsAreOpen) {
  // 3 is the directory that ls reads.
  EXPECT_EQ(Output("ls /proc/self/fd"), "0\n1\n2\n3\n");
}

TEST_F(NamespaceExecutorTest, StandardInputIsEmptyAndThereIsNoTerminal) {
  EXPECT_EQ(Output("cat; test -t 0 || echo no; tty; true"), "no\nnot a tty\n");
  EXPECT_THAT(Run(Shell("echo x >/dev/tty")).output, HasSubstr("No such device or address"));
}

TEST_F(NamespaceExecutorTest, SeesOnlyItsOwnProcesses) {
  EXPECT_EQ(Output("cd /proc; for p in [0-9]*; do cat $p/comm 2>/dev/null; done | head -2"),
            "ibuild-init\nsh\n");
}

TEST_F(NamespaceExecutorTest, TheFirstProcessCannotBeReachedThroughProc) {
  const std::string output =
      Run(Shell("cat /proc/1/exe; ls /proc/1/fd/ | wc -l; readlink /proc/1/exe; "
                "readlink /proc/1/root; cat /proc/1/environ"))
          .output;
  EXPECT_THAT(output, HasSubstr("can't open '/proc/1/exe': Permission denied"));
  EXPECT_THAT(output, HasSubstr("can't open '/proc/1/environ': Permission denied"));
}

TEST_F(NamespaceExecutorTest, ExecutingOneselfDoesNotReachTheHostsProgram) {
  // What runs is init's image, sealed against writing; it finds no program to run and ends.
  SandboxSpec spec = Shell("");
  spec.argv = {"/proc/self/exe"};
  EXPECT_FALSE(Run(spec).result.status.Success());
}

TEST_F(NamespaceExecutorTest, HostNameAndHostsFileAreFixed) {
  SandboxSpec spec = Shell("hostname; cat /etc/hosts");
  spec.extra_hosts = {"10.1.2.3\tdb"};
  EXPECT_EQ(Run(spec).output,
            "buildkitsandbox\n127.0.0.1\tlocalhost buildkitsandbox\n"
            "::1\tlocalhost ip6-localhost ip6-loopback\n10.1.2.3\tdb\n");
}

TEST_F(NamespaceExecutorTest, GeneratedFilesAreReadOnly) {
  EXPECT_THAT(Run(Shell("echo x >>/etc/hosts")).output, HasSubstr("Read-only file system"));
  EXPECT_THAT(Run(Shell("echo x >/etc/resolv.conf")).output, HasSubstr("Read-only file system"));
  EXPECT_FALSE(Run(Shell("rm /etc/hosts")).result.status.Success());
}

TEST_F(NamespaceExecutorTest, DevicesWork) {
  EXPECT_EQ(Output("dd if=/dev/zero bs=8 count=1 2>/dev/null | wc -c; echo x >/dev/null; "
                   "head -c 4 /dev/urandom | wc -c; echo y >/dev/shm/f; cat /dev/shm/f; "
                   "echo out >/dev/stdout; readlink /dev/ptmx"),
            "8\n4\ny\nout\npts/ptmx\n");
  EXPECT_THAT(Run(Shell("echo x >/dev/full")).output, HasSubstr("No space left"));
}

TEST_F(NamespaceExecutorTest, StandardOutputCanBeReopenedByAnyUser) {
  SandboxSpec spec = Shell("echo hello >/dev/stdout");
  spec.user = "1000";
  EXPECT_EQ(Run(spec).output, "hello\n");
}

TEST_F(NamespaceExecutorTest, KernelFilesAreMaskedOrReadOnly) {
  EXPECT_EQ(Output("cat /proc/keys /proc/timer_list /proc/interrupts; ls /sys/firmware"), "");
  EXPECT_THAT(Run(Shell("echo 1 >/proc/sys/kernel/hostname")).output,
              HasSubstr("Read-only file system"));
  EXPECT_FALSE(Run(Shell("echo 1 >/sys/kernel/uevent_seqnum")).result.status.Success());
}

TEST_F(NamespaceExecutorTest, NoControlGroupCanBeChanged) {
  EXPECT_FALSE(Run(Shell("mkdir /sys/fs/cgroup/x")).result.status.Success());
}

TEST_F(NamespaceExecutorTest, NoPathOfTheHostIsInTheMountTable) {
  EXPECT_THAT(Output("cat /proc/self/mountinfo"), Not(HasSubstr(directory().string())));
}

TEST_F(NamespaceExecutorTest, SetsUmaskAndLimits) {
  SandboxSpec spec = Shell("umask; ulimit -c; ulimit -n; ulimit -f");
  spec.ulimits = {"nofile=512:600", "fsize=2048"};
  EXPECT_EQ(Run(spec).output, "0022\n0\n512\n4\n");
}

TEST_F(NamespaceExecutorTest, SizesSharedMemory) {
  SandboxSpec spec =
      Shell("dd if=/dev/zero of=/dev/shm/f bs=1k count=100 2>&1 || stat -c %s /dev/shm/f");
  spec.shm_size = 64u << 10;
  EXPECT_THAT(Run(spec).output, HasSubstr("\n65536\n"));
}

// The life of processes.

TEST_F(NamespaceExecutorTest, WhatIsLeftBehindIsKilled) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Output("sleep 1000 & (trap '' TERM HUP; sleep 1000) & echo done"), "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(NamespaceExecutorTest, OrphansAreReaped) {
  EXPECT_EQ(Output("for i in 1 2 3; do (sleep 0 &); done; sleep 0.1; "
                   "grep -l 'State:.Z' /proc/[0-9]*/status | wc -l"),
            "0\n");
}

TEST_F(NamespaceExecutorTest, ACancelledCommandHasTimeToEndByItself) {
  std::stop_source source;
  std::string output;
  const ProcessIo io = {.output = [&](std::string_view text) {
    output += text;
    if (output == "ready\n") source.request_stop();
  }};
  const SandboxSpec spec =
      Shell("trap 'sleep 0.2; echo tidied; exit' TERM; echo ready; while true; do sleep 0.1; done");
  EXPECT_THROW(executor().Run(spec, io, source.get_token()), Error);
  EXPECT_THAT(output, HasSubstr("tidied\n"));
  EXPECT_EQ(CommandsBeingEnded(), 0);
}

TEST_F(NamespaceExecutorTest, CancellingKillsEverything) {
  std::stop_source source;
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  try {
    SandboxSpec spec = Shell("trap '' TERM INT; sleep 1000");
    spec.stop_timeout = std::chrono::seconds(1);
    Run(spec, source.get_token());
    FAIL() << "it ran to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(NamespaceExecutorTest, MuchOutputArrivesWhole) {
  EXPECT_EQ(Output("dd if=/dev/zero bs=1024 count=3000 2>/dev/null").size(), 3000u * 1024);
}

TEST_F(NamespaceExecutorTest, SeveralRunAtATime) {
  std::vector<SandboxSpec> specs;
  for (int i = 0; i < 8; ++i) specs.push_back(Shell("echo " + std::to_string(i) + " >/f; cat /f"));
  std::vector<std::string> outputs(specs.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      threads.emplace_back([&, i] { outputs[i] = Run(specs[i]).output; });
    }
  }
  for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(outputs[i], std::to_string(i) + "\n");
}

TEST_F(NamespaceExecutorTest, OnOurOwnStreamsSignalsArePassedOn) {
  SandboxSpec spec = Shell("trap 'echo got it; exit 42' TERM; while true; do sleep 0.1; done");
  std::jthread sender([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    kill(getpid(), SIGTERM);
  });
  const ExecutionResult result = executor().Run(spec, {.output = {}, .inherit = true}, {});
  EXPECT_EQ(result.status.code, 42);
}

// Where it runs.

TEST_F(NamespaceExecutorTest, MakesAMissingWorkingDirectory) {
  SandboxSpec spec = Shell("pwd");
  spec.working_directory = "/a/b";
  EXPECT_EQ(Run(spec).output, "/a/b\n");
  EXPECT_EQ(Upper(), "a\na/b\n");
}

TEST_F(NamespaceExecutorTest, AWorkingDirectoryCannotBeADescriptor) {
  for (int fd = 0; fd < 20; ++fd) {
    SandboxSpec spec = Shell("pwd");
    spec.working_directory = "/proc/self/fd/" + std::to_string(fd);
    EXPECT_THROW(Run(spec), Error) << fd;
  }
}

TEST_F(NamespaceExecutorTest, AnAbsentLoopbackOnlyNetwork) {
  SandboxSpec spec = Shell(
      "ip -o link | wc -l; cat /etc/resolv.conf; "
      "echo hi | nc -l -p 5000 & sleep 0.2; nc 127.0.0.1 5000 </dev/null");
  spec.network = NetworkMode::kNone;
  EXPECT_EQ(Run(spec).output, "1\nhi\n");
}

TEST_F(NamespaceExecutorTest, TheHostsNetworkIsShared) {
  SandboxSpec spec = Shell("readlink /proc/self/ns/net");
  spec.network = NetworkMode::kHost;
  EXPECT_EQ(Run(spec).output, std::filesystem::read_symlink("/proc/self/ns/net").string() + "\n");
}

// Whether Landlock can fence abstract sockets off (its version 6, Linux 6.12).
bool CanScopeSockets() {
  constexpr unsigned kAskForVersion = 1;
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskForVersion) >= 6;
}

// Connects to the host's abstract socket with the host's perl, which is essential in Debian.
TEST_F(NamespaceExecutorTest, AbstractSocketsOfTheHostAreFencedOff) {
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string name = "ibuild-test-" + RandomHex();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  SandboxSpec spec = Shell("");
  spec.argv = {"/usr/bin/perl", "-e",
               "use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); print connect(S, pack('Sa*', "
               "AF_UNIX, \"\\0" +
                   name + "\")) ? 'reached' : 'refused'"};
  for (const char* directory : {"usr", "lib", "lib64"}) {
    const std::string path = std::string("/") + directory;
    spec.mounts.push_back({path, BindMount{.source_root = path, .source = ""}});
  }
  spec.network = NetworkMode::kHost;
  EXPECT_EQ(Run(spec).output, CanScopeSockets() ? "refused" : "reached");
  for (const NetworkMode network : {NetworkMode::kNone, NetworkMode::kDefault}) {
    spec.root = Shell("").root;
    spec.network = network;
    EXPECT_EQ(Run(spec).output, "refused");
  }
}

// As in a container whose runtime masked parts of /proc: there the kernel lets no user namespace
// mount a fresh one, and the visible one has to do.
TEST_F(NamespaceExecutorTest, RunsWhereAFreshProcIsRefused) {
  const SandboxSpec spec = Shell("test -e /proc/self/status && cat /proc/keys");
  const pid_t child = fork();
  if (child == 0) {
    const bool covered =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/proc/fs", "tmpfs", MS_RDONLY, nullptr) == 0;
    const int code = covered ? Run(spec).result.status.ShellCode() : 99;
    _exit(code);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(ExitStatus::FromWait(status).ShellCode(), 0);
}

// What is left in the upper directory.

TEST_F(NamespaceExecutorTest, AStepThatWritesNothingLeavesNothing) {
  Output("true");
  EXPECT_EQ(Upper(), "");
}

TEST_F(NamespaceExecutorTest, OnlyWhatTheStepWroteIsLeft) {
  Output("touch /etc/mine /tmp/mine; echo x >/dev/shm/x");
  EXPECT_EQ(Upper(), "etc\netc/mine\ntmp\ntmp/mine\n");
}

TEST_F(NamespaceExecutorTest, MountPointsLeaveDirectoriesAsTheyWere) {
  const std::filesystem::path etc = AddLayer("with-etc") / "etc";
  std::filesystem::create_directory(etc);
  std::filesystem::permissions(etc, std::filesystem::perms(0711));
  std::filesystem::last_write_time(etc, std::filesystem::file_time_type{} + std::chrono::hours(1));
  const std::string before = Output("stat -c '%a %Y' /etc");
  EXPECT_THAT(before, StartsWith("711 "));
  EXPECT_EQ(Output("stat -c '%a %Y' /etc; cat /etc/hosts >/dev/null"), before);
  EXPECT_EQ(Upper(), "");
}

TEST_F(NamespaceExecutorTest, AReadOnlyRootCannotBeWritten) {
  SandboxSpec spec = Shell("touch /x");
  spec.root.upper.clear();
  spec.root.work.clear();
  EXPECT_THAT(Run(spec).output, HasSubstr("Read-only file system"));
}

TEST_F(NamespaceExecutorTest, ManyLayersAreMerged) {
  for (int i = 0; i < 150; ++i) {
    const std::string name = "layer" + std::to_string(i);
    WriteFileAtomically(AddLayer(name) / ("f" + std::to_string(i)), name);
  }
  EXPECT_EQ(Output("ls / | grep -c ^f; cat /f0 /f149"), "150\nlayer0layer149");
}

}  // namespace
}  // namespace ibuild::builder
