// The network that a command finds, with the real helper and with ones that fail.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "support/error.h"
#include "support/process.h"
#include "support/text.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WarningReporter final : public Reporter {
 public:
  ActivityId Begin(std::string_view) override { return 0; }
  void Advance(ActivityId, std::uint64_t, std::uint64_t) override {}
  void Output(ActivityId, std::string_view) override {}
  void Note(ActivityId, std::string_view) override {}
  void End(ActivityId, ActivityState, std::string_view) override {}
  void Log(LogLevel, std::string_view message) override { messages.emplace_back(message); }

  std::vector<std::string> messages;
};

// Greets whoever connects to a port of its own on all of the host's addresses.
class Greeter {
 public:
  Greeter() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(socket_.get(), 8) != 0 ||
        getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ThrowErrno("starting a server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  Greeter(const Greeter&) = delete;
  Greeter& operator=(const Greeter&) = delete;
  ~Greeter() {
    shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }

  // A shell command that says "hello" when the server is reached at that address.
  std::string Ask(const std::string& host) const {
    return "nc -w 2 " + host + " " + std::to_string(port_) + " </dev/null; ";
  }

 private:
  void Serve() {
    for (;;) {
      const UniqueFd client(accept(socket_.get(), nullptr, nullptr));
      if (!client) return;
      WriteAll(client.get(), "hello\n");
    }
  }

  UniqueFd socket_;
  int port_ = 0;
  std::thread thread_;
};

// An address of this machine that is not its loopback's.
std::string HostAddress() {
  std::string found;
  ifaddrs* list = nullptr;
  getifaddrs(&list);
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET ||
        (i->ifa_flags & IFF_LOOPBACK) != 0 || (i->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr, text.data(),
              text.size());
    found = text.data();
    break;
  }
  freeifaddrs(list);
  return found;
}

class NetworkTest : public SandboxTestCase {
 protected:
  // An executor whose helper is a script with this text instead of slirp4netns.
  NamespaceExecutor WithHelper(const std::string& script) {
    const std::filesystem::path program = directory() / "helper";
    WriteFileAtomically(program, "#!/bin/sh\n" + script + "\n", 0755);
    const NetworkTool tool = {
        .program = program, .obstacle = {}, .hint = {}, .patience = std::chrono::milliseconds(500)};
    return NamespaceExecutor(reporter_, [tool] { return tool; });
  }

  std::string RunWith(NamespaceExecutor executor, const std::string& script) {
    std::string text;
    executor.Run(Shell(script), {.output = [&](std::string_view part) { text += part; }}, {});
    return text;
  }

  Error FailureOf(NamespaceExecutor executor, const std::string& script) {
    try {
      executor.Run(Shell(script), {}, {});
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorKind::kInternal, "it ran");
  }

  WarningReporter reporter_;
};

TEST_F(NetworkTest, AStepHasAnInterfaceAGatewayAndANameServerOfItsOwn) {
  const std::string output = Output("ip addr show dev eth0; ip route; cat /etc/resolv.conf");
  EXPECT_THAT(output, HasSubstr("inet 10.0.2.100/24"));
  EXPECT_THAT(output, HasSubstr("default via 10.0.2.2 dev eth0"));
  EXPECT_THAT(output, HasSubstr("nameserver 10.0.2.3\n"));
}

TEST_F(NetworkTest, AServerOnAnAddressOfTheHostIsReached) {
  const Greeter server;
  ASSERT_NE(HostAddress(), "");
  EXPECT_EQ(Output(server.Ask(HostAddress())), "hello\n");
}

TEST_F(NetworkTest, TheHostsLoopbackIsOnlyReachedOnTheHostsNetwork) {
  const Greeter server;
  SandboxSpec spec = Shell(server.Ask("127.0.0.1") + server.Ask("10.0.2.2") + "true");
  EXPECT_THAT(Run(spec).output, Not(HasSubstr("hello")));
  spec.root = Shell("").root;
  spec.argv.back() = server.Ask("127.0.0.1");
  spec.network = NetworkMode::kHost;
  EXPECT_THAT(Run(spec).output, HasSubstr("hello"));
}

TEST_F(NetworkTest, ConnectionsWithinAStepWork) {
  EXPECT_EQ(Output("(echo hi | nc -l -p 5000) & sleep 0.3; nc 127.0.0.1 5000 </dev/null"), "hi\n");
}

TEST_F(NetworkTest, StepsAtATimeHaveNetworksOfTheirOwn) {
  std::vector<SandboxSpec> specs;
  const std::string listen = "(echo $$ | nc -l -p 5000) & sleep 0.5; nc 127.0.0.1 5000 </dev/null";
  for (int i = 0; i < 4; ++i) specs.push_back(Shell("ip link | grep -c eth0; " + listen));
  std::vector<std::jthread> threads;
  for (SandboxSpec& spec : specs) {
    threads.emplace_back([&] { EXPECT_THAT(Run(spec).output, testing::StartsWith("1\n")); });
  }
}

TEST_F(NetworkTest, WithoutNetworkThereIsOnlyLoopbackAndNoRawSocket) {
  SandboxSpec spec = Shell(
      "ip -o link | wc -l; cat /etc/resolv.conf; grep CapEff /proc/self/status; nc -w 1 10.0.2.2 "
      "9");
  spec.network = NetworkMode::kNone;
  const std::string output = Run(spec).output;
  EXPECT_THAT(output, testing::StartsWith("1\nCapEff:\t00000000a80405fb\n"));
  EXPECT_THAT(output, HasSubstr("Network is unreachable"));
}

// When a helper is started.

TEST_F(NetworkTest, AStepWithoutSocketsStartsNoHelper) {
  EXPECT_EQ(RunWith(WithHelper("echo started >>" + (directory() / "log").string()),
                    "echo hi; hostname >/dev/null; ls /proc >/dev/null; id"),
            "hi\nuid=0 gid=0 groups=0\n");
  EXPECT_FALSE(std::filesystem::exists(directory() / "log"));
}

TEST_F(NetworkTest, ASocketOfTheOtherAbiStartsTheHelper) {
  std::filesystem::copy_file(
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "small_abi_program",
      AddLayer("program") / "program");
  const std::string output = Output("/program socket; echo $?; ls /sys/class/net");
  if (output.find("132\n") != std::string::npos || output.find("139\n") != std::string::npos) {
    GTEST_SKIP() << "this kernel has one ABI only";
  }
  EXPECT_EQ(output, "0\neth0\nlo\n");
}

TEST_F(NetworkTest, AHelperLivesAsLongAsTheStep) {
  const std::string file = (directory() / "pid").string();
  NamespaceExecutor executor =
      WithHelper("echo $$ >>" + file + "\nexec /usr/bin/slirp4netns \"$@\"");
  std::string output;
  const ProcessIo io = {.output = [&](std::string_view text) { output += text; }};
  executor.Run(Shell("ip link | grep -c eth0; ip link | grep -c eth0"), io, {});
  EXPECT_EQ(output, "1\n1\n");
  const auto pid = ParseUnsigned(Trim(ReadFileIfExists(file).value()));  // one line: started once
  ASSERT_TRUE(pid);
  EXPECT_EQ(kill(static_cast<pid_t>(*pid), 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(NetworkTest, AStepGoesOnWhenItsHelperDies) {
  const std::string file = (directory() / "pid").string();
  NamespaceExecutor executor =
      WithHelper("echo $$ >" + file + "\nexec /usr/bin/slirp4netns \"$@\"");
  std::string output;
  bool killed = false;
  const ProcessIo io = {.output = [&](std::string_view text) {
    output += text;
    if (killed) return;
    const std::string pid = ReadFileIfExists(file).value();
    killed = kill(static_cast<pid_t>(ParseUnsigned(Trim(pid)).value()), SIGKILL) == 0;
  }};
  const ExecutionResult result = executor.Run(
      Shell("ip link >/dev/null; echo up; sleep 0.3; nc -w 1 10.0.2.2 9; echo on"), io, {});
  EXPECT_TRUE(killed);
  EXPECT_TRUE(result.status.Success());
  EXPECT_THAT(output, testing::EndsWith("on\n"));
}

TEST_F(NetworkTest, AHelperThatIsNeverReadyIsAnErrorInTime) {
  const auto start = std::chrono::steady_clock::now();
  const Error error = FailureOf(WithHelper("exec sleep 1000"), "ip link; echo not reached");
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("was not ready in time"));
  EXPECT_THAT(error.hint(), HasSubstr("--network=host"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(NetworkTest, AHelperThatEndsTooEarlyIsQuoted) {
  const Error error = FailureOf(WithHelper("echo out of wires >&2; exit 1"), "ip link");
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_THAT(error.message(), HasSubstr("ended before it was ready: out of wires"));
}

// Where another program watches our calls already, the kernel lets nobody watch the step's.
TEST_F(NetworkTest, WhereCallsCannotBeWatchedTheNetworkIsThereAtOnce) {
  const SandboxSpec spec = Shell("test -e /sys/class/net/eth0 && ip link | grep -q eth0");
  const pid_t child = fork();
  if (child == 0) {
    sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    const sock_fprog filter = {1, &allow};
    const long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    _exit(listener < 0 ? 99 : Run(spec).result.status.ShellCode());
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(ExitStatus::FromWait(status).ShellCode(), 0);
}

TEST_F(NetworkTest, AnInsecureStepIsConnectedAtOnce) {
  SandboxSpec spec = Shell("ls /sys/class/net");
  spec.security = SecurityMode::kInsecure;
  EXPECT_EQ(Run(spec).output, "eth0\nlo\n");
}

TEST_F(NetworkTest, WithoutAHelperTheHostsNetworkIsUsedAndThatIsSaidOnce) {
  const NetworkTool none = {.program = {}, .obstacle = "nothing is here", .hint = "bring it"};
  NamespaceExecutor executor(reporter_, [none] { return none; });
  std::string output;
  const ProcessIo io = {.output = [&](std::string_view text) { output += text; }};
  for (int i = 0; i < 2; ++i) executor.Run(Shell("readlink /proc/self/ns/net"), io, {});
  const std::string ours = std::filesystem::read_symlink("/proc/self/ns/net").string() + "\n";
  EXPECT_EQ(output, ours + ours);
  ASSERT_EQ(reporter_.messages.size(), 1u);
  EXPECT_THAT(reporter_.messages[0], HasSubstr("nothing is here"));
  EXPECT_THAT(reporter_.messages[0], HasSubstr("bring it"));
}

}  // namespace
}  // namespace ibuild::builder
