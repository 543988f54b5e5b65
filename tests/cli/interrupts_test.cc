#include "cli/interrupts.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

#include "support/cleanup.h"
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
  if (child == 0) {
    // What whoever started the tests ignores (nohup) is not what they are about.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    ::_exit(work() ? 0 : 1);
  }
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

TEST(Interrupts, TheSecondOneEndsTheProcessWhateverIsBusy) {
  EXPECT_EQ(WEXITSTATUS(StatusOf([] {
              Interrupts interrupts([] { return true; });
              ::raise(SIGINT);
              WaitForStop(interrupts.token());
              ::raise(SIGINT);
              return ::sleep(30) != 0;
            })),
            130);
}

TEST(Interrupts, TheThirdOneKills) {
  const int status = StatusOf([] {
    Interrupts interrupts({}, [] { ::sleep(30); });
    for (int i = 0; i < 3; ++i) ::raise(SIGINT);
    return false;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

// Whatever it is that does not look at the stop token.
TEST(Interrupts, WhatDoesNotUnwindIsEndedAndCleanedUpAfter) {
  const TempDir directory(std::filesystem::temp_directory_path());
  const std::string left = (directory.path() / "left.tmp").string();
  const std::string said = (directory.path() / "said").string();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(WEXITSTATUS(StatusOf([&] {
              Interrupts interrupts({}, [&] { WriteFileAtomically(said, "x"); });
              const Cleanup cleanup([&] { ::unlink(left.c_str()); });
              WriteFileAtomically(left, "x");
              ::raise(SIGHUP);
              return ::sleep(30) != 0;
            })),
            129);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(said));
}

TEST(Interrupts, CommandsThatAreBeingEndedAreWaitedFor) {
  EXPECT_EQ(StatusOf([] {
              Interrupts interrupts([] { return true; });
              interrupts.SetPatience(std::chrono::milliseconds(0));
              ::raise(SIGTERM);
              return WaitForStop(interrupts.token()) && ::usleep(300'000) == 0;
            }),
            0);
}

TEST(Interrupts, WhatWasIgnoredStaysIgnored) {
  EXPECT_EQ(StatusOf([] {
              ::signal(SIGHUP, SIG_IGN);
              Interrupts interrupts;
              ::raise(SIGHUP);
              ::usleep(50'000);
              return interrupts.signal() == 0;
            }),
            0);
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
