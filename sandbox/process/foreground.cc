#include "sandbox/process/foreground.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "support/error.h"

namespace ibuild::builder {
namespace {

// What a signal handler can reach.
std::atomic<int> caught_pipe = -1;

void OnSignal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const ssize_t written = write(caught_pipe.load(), &byte, 1);
  errno = saved;
}

}  // namespace

CaughtSignals::CaughtSignals() : pipe_(MakePipe()) {
  for (int fd : {pipe_.read_end.get(), pipe_.write_end.get()}) {
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) ThrowErrno("preparing to catch signals");
  }
  caught_pipe = pipe_.write_end.get();
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

CaughtSignals::~CaughtSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  caught_pipe = -1;
}

std::optional<int> CaughtSignals::Next() {
  unsigned char byte = 0;
  return read(pipe_.read_end.get(), &byte, 1) == 1 ? std::optional<int>(byte) : std::nullopt;
}

TerminalLoan::TerminalLoan()
    : possible_(isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()) {}

TerminalLoan::~TerminalLoan() {
  if (!possible_) return;
  // From the background, taking the terminal is an offence unless its signal is blocked.
  sigset_t output;
  sigset_t before;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &output, &before);
  tcsetpgrp(STDIN_FILENO, getpgrp());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace ibuild::builder
