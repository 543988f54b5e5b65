// A command on a terminal of ours, as `ibuild run` has it.
#include "sandbox/process/foreground.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;

class ForegroundTest : public SandboxTestCase {
 protected:
  // Runs the script in a child that has a terminal, which types `keys` when `cue` appears. What was
  // on the screen in the end.
  std::string OnTerminal(const std::string& script, const std::string& cue,
                         const std::string& keys) {
    const SandboxSpec spec = Shell(script);
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      const ExecutionResult result = executor().Run(spec, {.output = {}, .inherit = true}, {});
      const bool ours = tcgetpgrp(STDIN_FILENO) == getpgrp();
      dprintf(STDOUT_FILENO, "code %d, terminal %s\n", result.status.ShellCode(),
              ours ? "returned" : "lost");
      _exit(0);
    }
    const UniqueFd owner(terminal);
    std::string screen = ReadScreen(terminal, cue, keys);
    waitpid(child, nullptr, 0);
    return screen;
  }

 private:
  static std::string ReadScreen(int terminal, const std::string& cue, const std::string& keys) {
    constexpr int kPatience = 10'000;  // milliseconds
    std::string screen;
    bool typed = false;
    pollfd wait = {terminal, POLLIN, 0};
    char buffer[1024];
    while (poll(&wait, 1, kPatience) > 0) {
      const ssize_t size = read(terminal, buffer, sizeof buffer);
      if (size <= 0) break;
      screen.append(buffer, static_cast<std::size_t>(size));
      if (typed || screen.find(cue) == std::string::npos) continue;
      WriteAll(terminal, keys);
      typed = true;
    }
    return screen;
  }
};

TEST_F(ForegroundTest, TheCommandReadsFromTheTerminal) {
  EXPECT_THAT(OnTerminal("echo ready; read x; echo got $x; test -t 0 && exit 3", "ready", "word\n"),
              HasSubstr("got word\r\ncode 3, terminal returned"));
}

TEST_F(ForegroundTest, ControlCReachesTheCommandOnly) {
  EXPECT_THAT(
      OnTerminal("trap 'echo caught; exit 5' INT; echo ready; while true; do sleep 0.1; done",
                 "ready", "\x03"),
      HasSubstr("caught\r\ncode 5, terminal returned"));
}

TEST_F(ForegroundTest, ControlZDoesNotLeaveItHanging) {
  EXPECT_THAT(OnTerminal("echo ready; sleep 0.5; echo woke", "ready", "\x1a"),
              HasSubstr("woke\r\ncode 0, terminal returned"));
}

}  // namespace
}  // namespace ibuild::builder
