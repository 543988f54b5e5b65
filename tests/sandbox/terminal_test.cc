// A command while we have a terminal, as `ibuild run` does.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "support/error.h"
#include "tests/sandbox/sandbox_test_case.h"

namespace ibuild::builder {
namespace {

using ::testing::HasSubstr;

class TerminalTest : public SandboxTestCase {
 protected:
  // Runs the script in a child that has a terminal; when `cue` appears there, `act` is called once
  // with the terminal's other end and the child. What was on the screen in the end.
  std::string OnTerminal(
      const std::string& script, const std::string& cue, const std::function<void(int, pid_t)>& act,
      const std::function<void()>& before = [] {}) {
    SandboxSpec spec = Shell(script);
    spec.user = user_;
    int terminal = -1;
    const winsize size = {.ws_row = 33, .ws_col = 77, .ws_xpixel = 0, .ws_ypixel = 0};
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      before();
      RunAndTell(spec);
    }
    const UniqueFd owner(terminal);
    std::string screen = ReadScreen(terminal, cue, [&] { act(terminal, child); });
    waitpid(child, nullptr, 0);
    return screen;
  }

  static std::function<void(int, pid_t)> Type(const std::string& keys) {
    return [keys](int terminal, pid_t) { WriteAll(terminal, keys); };
  }

  std::string user_;

 private:
  [[noreturn]] void RunAndTell(const SandboxSpec& spec) {
    termios first{};
    termios last{};
    tcgetattr(STDERR_FILENO, &first);
    int code = -1;
    try {
      code = executor().Run(spec, {.output = {}, .inherit = true}, {}).status.ShellCode();
    } catch (const Error& error) {
      dprintf(STDERR_FILENO, "%s\n", error.what());
    }
    tcgetattr(STDERR_FILENO, &last);
    const bool same = first.c_lflag == last.c_lflag && first.c_iflag == last.c_iflag &&
                      first.c_oflag == last.c_oflag;
    const bool ours = tcgetpgrp(STDERR_FILENO) == getpgrp();
    dprintf(STDERR_FILENO, "code %d, terminal %s\n", code, same && ours ? "as before" : "changed");
    _exit(0);
  }

  static std::string ReadScreen(int terminal, const std::string& cue,
                                const std::function<void()>& act) {
    constexpr int kPatience = 10'000;  // milliseconds
    std::string screen;
    bool acted = false;
    pollfd wait = {terminal, POLLIN, 0};
    char buffer[1024];
    while (poll(&wait, 1, kPatience) > 0) {
      const ssize_t size = read(terminal, buffer, sizeof buffer);
      if (size <= 0) break;
      screen.append(buffer, static_cast<std::size_t>(size));
      if (acted || screen.find(cue) == std::string::npos) continue;
      act();
      acted = true;
    }
    return screen;
  }
};

TEST_F(TerminalTest, TheCommandHasATerminalOfItsOwn) {
  const std::string screen = OnTerminal(
      "tty; tty <&1; tty <&2; stat -c %t:%T /dev/console; ls -1 /dev/pts; echo ready >/dev/tty; "
      "read "
      "x; "
      "echo got $x; exit 3",
      "ready", Type("word\r"));
  EXPECT_THAT(screen, HasSubstr("/dev/pts/0\r\n/dev/pts/0\r\n/dev/pts/0\r\n88:0\r\n0\r\nptmx\r\n"));
  EXPECT_THAT(screen, HasSubstr("got word\r\ncode 3, terminal as before"));
}

TEST_F(TerminalTest, TheTerminalIsItsUsers) {
  user_ = "5:6";
  const std::string screen =
      OnTerminal("stat -c %u:%a /dev/pts/0; echo open >/dev/stdout", "x", Type(""));
  EXPECT_THAT(screen, HasSubstr("5:620\r\nopen\r\n"));
}

TEST_F(TerminalTest, ControlCReachesTheCommandOnly) {
  EXPECT_THAT(
      OnTerminal("trap 'echo caught; exit 5' INT; echo ready; while true; do sleep 0.1; done",
                 "ready", Type("\x03")),
      HasSubstr("caught\r\ncode 5, terminal as before"));
}

TEST_F(TerminalTest, ControlZDoesNotLeaveItHanging) {
  EXPECT_THAT(OnTerminal("echo ready; sleep 0.5; echo woke", "ready", Type("\x1a")),
              HasSubstr("woke\r\ncode 0, terminal as before"));
}

TEST_F(TerminalTest, ControlDEndsItsInput) {
  EXPECT_THAT(OnTerminal("echo ready; cat; echo end", "ready", Type("line\r\x04")),
              HasSubstr("line\r\nend\r\ncode 0, terminal as before"));
}

TEST_F(TerminalTest, HasTheSizeOfOursAndFollowsIt) {
  const std::string screen = OnTerminal(
      "trap 'stty size; exit' WINCH; stty size; echo ready; while true; do sleep 0.1; done",
      "ready", [](int terminal, pid_t) {
        const winsize size = {.ws_row = 11, .ws_col = 22, .ws_xpixel = 0, .ws_ypixel = 0};
        ioctl(terminal, TIOCSWINSZ, &size);
      });
  EXPECT_THAT(screen, HasSubstr("33 77\r\nready\r\n11 22\r\n"));
}

TEST_F(TerminalTest, WhatTheCommandDoesToItsTerminalIsNotDoneToOurs) {
  const std::string screen =
      OnTerminal("stty raw -echo; echo ready; kill -KILL $$", "ready", Type(""));
  EXPECT_THAT(screen, HasSubstr("code 137, terminal as before"));
}

TEST_F(TerminalTest, ASignalThatEndsUsRestoresIt) {
  const std::string screen =
      OnTerminal("trap 'exit 9' TERM; echo ready; while true; do sleep 0.1; done", "ready",
                 [](int, pid_t child) { kill(child, SIGTERM); });
  EXPECT_THAT(screen, HasSubstr("code 9, terminal as before"));
}

TEST_F(TerminalTest, SignalsThatWeIgnoreStayIgnored) {
  const std::string screen = OnTerminal(
      "echo ready; sleep 0.5; echo survived", "ready",
      [](int, pid_t child) { kill(child, SIGHUP); }, [] { signal(SIGHUP, SIG_IGN); });
  EXPECT_THAT(screen, HasSubstr("survived\r\ncode 0"));
}

TEST_F(TerminalTest, AnOutputThatIsNoTerminalIsAPipeAndTheKeysAreNotRead) {
  const std::string file = (directory() / "out").string();
  const std::string screen = OnTerminal(
      "test -t 0 || echo no input; test -t 1 || echo no output; test -t 2 && echo errors >&2; cat; "
      "echo again >/dev/stdout",
      "errors", Type("typed\r"), [&] {
        const UniqueFd out = OpenFile(file, O_CREAT | O_WRONLY, 0600);
        dup2(out.get(), STDOUT_FILENO);
      });
  EXPECT_THAT(screen, HasSubstr("errors\r\n"));
  EXPECT_THAT(screen, HasSubstr("code 0, terminal as before"));
  EXPECT_EQ(ReadFile(file), "no input\nno output\nagain\n");
}

// Reading us is whoever reads our output, such as a pager.
TEST_F(TerminalTest, WhenNobodyTakesTheOutputTheCommandHears) {
  const std::string screen = OnTerminal("yes; echo ended >&2", "ended", Type(""), [] {
    signal(SIGPIPE, SIG_IGN);
    Pipe pipe = MakePipe();
    dup2(pipe.write_end.get(), STDOUT_FILENO);
  });
  EXPECT_THAT(screen, HasSubstr("ended\r\ncode 0"));
}

}  // namespace
}  // namespace ibuild::builder
