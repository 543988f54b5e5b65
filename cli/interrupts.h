// Ctrl-C and SIGTERM as a stop token.
//
// A signal handler may do next to nothing, so it writes to a pipe and a thread asks everybody to
// stop. The second signal of a kind has its default effect: somebody who presses Ctrl-C twice means
// it. The thread also ticks for a live display. Entering a user namespace wants a single-threaded
// process, so the thread can be paused.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

#include "support/fd.h"

namespace ibuild::cli {

class Interrupts {
 public:
  Interrupts();   // installs the handlers; one object per process
  ~Interrupts();  // and restores what was
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  int signal() const;  // the signal that asked to stop, 0: none

  // Gives the signals back their default effect for good: for a command whose child gets them.
  void Abandon();

  // Called about ten times a second from the thread, until the next call; null: no more.
  void SetTick(std::function<void()> tick);

  // Runs `work` without the thread.
  void WithoutThread(const std::function<void()>& work);

 private:
  void Start();
  void Stop();
  void Watch(int wake);

  std::stop_source stop_;
  std::function<void()> tick_;
  Pipe signals_;
  Pipe wake_;
  std::thread thread_;
};

}  // namespace ibuild::cli
