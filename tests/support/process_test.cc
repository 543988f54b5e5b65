#include "support/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/expect_error.h"

namespace ibuild {
namespace {

ProcessSpec Shell(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)},
          .environment = {"PATH=/usr/bin:/bin"},
          .input = {},
          .directory = {}};
}

TEST(RunProcess, CollectsBothStreamsAndTheCode) {
  const ProcessResult result = RunProcess(Shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_EQ(result.status.code, 3);
  EXPECT_FALSE(result.status.Success());
}

TEST(RunProcess, TheProgramHasNoDescriptorsOfOurs) {
  const UniqueFd leaked(::open("/dev/null", O_RDONLY));  // as libraries open them
  ASSERT_TRUE(leaked);
  const std::string file = "/proc/self/fd/" + std::to_string(leaked.get());
  EXPECT_EQ(RunProcess(Shell("test -e " + file)).status.code, 1);
}

TEST(RunProcess, FeedsInputOfAnyLength) {
  ProcessSpec spec = Shell("wc -c");
  spec.input = std::string(3u << 20, 'x');
  EXPECT_EQ(RunProcess(spec).output, "3145728\n");
}

TEST(RunProcess, AProgramThatIgnoresItsInputIsNoTrouble) {
  ProcessSpec spec = Shell("exit 0");
  spec.input = std::string(1u << 20, 'x');
  EXPECT_TRUE(RunProcess(spec).status.Success());
}

TEST(RunProcess, TheEnvironmentIsExactlyTheOneNamed) {
  ProcessSpec spec = {
      .argv = {"/usr/bin/env"}, .environment = {"A=b"}, .input = {}, .directory = {}};
  EXPECT_EQ(RunProcess(spec).output, "A=b\n");
}

TEST(RunProcess, WorksInTheDirectoryNamed) {
  ProcessSpec spec = Shell("pwd");
  spec.directory = "/usr";
  EXPECT_EQ(RunProcess(spec).output, "/usr\n");
}

TEST(RunProcess, SaysWhichSignalKilled) {
  const ExitStatus status = RunProcess(Shell("kill -TERM $$")).status;
  EXPECT_EQ(status.signal, SIGTERM);
  EXPECT_EQ(status.ShellCode(), 143);
}

TEST(RunProcess, TooMuchOutputIsAnError) {
  ProcessSpec spec = Shell("yes");
  spec.output_limit = 1000;
  ExpectError(ErrorKind::kResourceExhausted, "wrote more than 1000 bytes",
              [&] { RunProcess(spec); });
}

TEST(RunProcess, ATimeoutKills) {
  ProcessSpec spec = Shell("exec sleep 100");
  spec.timeout = std::chrono::seconds(1);
  ExpectError(ErrorKind::kUnavailable, "did not finish within 1 s", [&] { RunProcess(spec); });
}

TEST(RunProcess, DoesNotWaitForADaemonLeftBehind) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(RunProcess(Shell("sleep 3 & echo started")).output, "started\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(RunProcess, NothingOfOursReachesTheChild) {
  const Pipe pipe = MakePipe();
  const std::string inherited = RunProcess(Shell("ls /proc/$$/fd")).output;
  EXPECT_EQ(inherited.find(std::to_string(pipe.read_end.get()) + "\n"), std::string::npos)
      << inherited;
}

TEST(RunProcess, AMissingProgramIsNotFound) {
  ProcessSpec spec = Shell("");
  spec.argv = {"no-such-program-anywhere"};
  ExpectError(ErrorKind::kNotFound, "no-such-program-anywhere", [&] { RunProcess(spec); });
  spec.argv = {"/nonexistent/program"};
  ExpectError(ErrorKind::kNotFound, "/nonexistent/program", [&] { RunProcess(spec); });
}

TEST(FindProgram, LooksInThePath) {
  EXPECT_TRUE(FindProgram("sh").value().ends_with("/sh"));
  EXPECT_EQ(FindProgram("/bin/sh"), "/bin/sh");
  EXPECT_EQ(FindProgram("no-such-program-anywhere"), std::nullopt);
}

}  // namespace
}  // namespace ibuild
