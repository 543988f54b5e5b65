// Signals while a command runs on our own streams (`ibuild run`): they are meant for it.
#pragma once

#include <signal.h>

#include <array>
#include <optional>

#include "support/fd.h"

namespace ibuild::builder {

// Catches the signals that ask a program to do something, and those that tell of its terminal, for
// as long as it lives. What was ignored when we started stays so (nohup(1)). One at a time in a
// process: handlers belong to all of it.
class CaughtSignals {
 public:
  // Without `ends` SIGTERM and SIGHUP are left to whoever has them.
  explicit CaughtSignals(bool ends = true);
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;
  ~CaughtSignals();

  int fd() const { return pipe_.read_end.get(); }  // readable when a signal was caught
  std::optional<int> Next();                       // does not wait

 private:
  static constexpr std::array kSignals = {SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
                                          SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};

  bool Leaves(int signal) const { return !ends_ && (signal == SIGTERM || signal == SIGHUP); }

  const bool ends_;
  Pipe pipe_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace ibuild::builder
