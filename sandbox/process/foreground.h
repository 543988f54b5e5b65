// Signals and the terminal while a command runs on our own streams (`ibuild run`).
#pragma once

#include <signal.h>

#include <array>
#include <optional>

#include "support/fd.h"

namespace ibuild::builder {

// Catches the signals that ask a program to do something, for as long as it lives, so that they can
// be passed on. One at a time in a process: handlers belong to all of it.
class CaughtSignals {
 public:
  CaughtSignals();
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;
  ~CaughtSignals();

  int fd() const { return pipe_.read_end.get(); }  // readable when a signal was caught
  std::optional<int> Next();                       // does not wait

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

  Pipe pipe_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

// Lends the terminal to the command and takes it back. Ctrl-C and the like then go to the command
// alone, and a shell in the sandbox has job control.
class TerminalLoan {
 public:
  TerminalLoan();
  TerminalLoan(const TerminalLoan&) = delete;
  TerminalLoan& operator=(const TerminalLoan&) = delete;
  ~TerminalLoan();

  // Standard input is a terminal and ours to lend.
  bool possible() const { return possible_; }

 private:
  bool possible_ = false;
};

}  // namespace ibuild::builder
