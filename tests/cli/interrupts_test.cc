#include "cli/interrupts.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "support/files.h"

namespace ibuild::cli {
namespace {

std::string ThreadCount() {
  const std::string status = ReadFile("/proc/self/status");
  return status.substr(status.find("Threads:"), 12);
}

// Signals are a matter of the whole process, so each case has one of its own; it succeeds when its
// work returns true.
template <typename Work>
int StatusOf(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool WaitForStop(const std::stop_token& token) {
  for (int i = 0; i < 2000 && !token.stop_requested(); ++i) ::usleep(1000);
  return token.stop_requested();
}

TEST(Interrupts, ASignalAsksToStop) {
  EXPECT_EQ(StatusOf([] {
              Interrupts interrupts;
              ::raise(SIGTERM);
              return WaitForStop(interrupts.token()) && interrupts.signal() == SIGTERM;
            }),
            0);
}

TEST(Interrupts, TheSecondOneKills) {
  const int status = StatusOf([] {
    Interrupts interrupts;
    ::raise(SIGINT);
    WaitForStop(interrupts.token());
    ::raise(SIGINT);
    return true;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(Interrupts, WithoutThreadIsSingleThreadedAndLosesNoSignal) {
  EXPECT_EQ(StatusOf([] {
              const std::string alone = ThreadCount();
              Interrupts interrupts;
              bool single = false;
              interrupts.WithoutThread([&] {
                single = ThreadCount() == alone;
                ::raise(SIGINT);
              });
              return single && WaitForStop(interrupts.token());
            }),
            0);
}

TEST(Interrupts, Tick) {
  EXPECT_EQ(StatusOf([] {
              std::atomic<int> ticks = 0;
              Interrupts interrupts;
              interrupts.SetTick([&] { ++ticks; });
              for (int i = 0; i < 2000 && ticks < 2; ++i) ::usleep(1000);
              interrupts.SetTick(nullptr);
              const int seen = ticks;
              ::usleep(250000);
              return seen >= 2 && ticks == seen;
            }),
            0);
}

}  // namespace
}  // namespace ibuild::cli
