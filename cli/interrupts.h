// Ctrl-C, SIGTERM and SIGHUP as a stop token, and as the end of the process.
//
// A signal handler may do next to nothing, so it writes to a pipe and a thread asks everybody to
// stop. Most of what runs hears of that and unwinds. What does not within a moment, or after a
// second signal, is left where it is: the thread does what must not be left undone (RunCleanups)
// and ends the process with 128 + the signal. So whatever is being done, the first signal ends it
// in less than a second; only commands in a sandbox get the time they were promised. A signal that
// was ignored when we started stays ignored (nohup(1)).
//
// The thread also ticks for a live display. Entering a user namespace wants a single-threaded
// process, so the thread can be paused.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

#include "support/fd.h"

namespace ibuild::cli {

class Interrupts {
 public:
  // Installs the handlers; one object per process. While `busy` says true, commands are being ended
  // and are waited for; `farewell` is done when the process ends without unwinding.
  explicit Interrupts(std::function<bool()> busy = {}, std::function<void()> farewell = {});
  ~Interrupts();  // restores what was
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  int signal() const;  // the signal that asked to stop, 0: none

  // How long what runs may take to unwind, counted from the signal or from the last time that
  // `busy` said true. Zero is for a prompt, where nothing runs.
  void SetPatience(std::chrono::milliseconds patience) { patience_ = patience; }

  // Called about ten times a second from the thread, until the next call; null: no more.
  void SetTick(std::function<void()> tick);

  // Runs `work` without the thread.
  void WithoutThread(const std::function<void()>& work);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

  void Start();
  void Stop();
  void Watch(int wake);
  int Timeout() const;
  void TakeSignal();
  void CheckPatience();
  [[noreturn]] void Leave();

  std::function<bool()> busy_;
  std::function<void()> farewell_;
  std::stop_source stop_;
  std::function<void()> tick_;
  std::atomic<std::chrono::milliseconds> patience_ = std::chrono::milliseconds(700);
  Clock::time_point asked_;
  std::array<struct sigaction, kSignals.size()> before_{};
  Pipe signals_;
  Pipe wake_;
  std::thread thread_;
};

}  // namespace ibuild::cli
