#include "sandbox/process/raw_terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ibuild::builder {
namespace {

// From the background, changing a terminal is an offence unless its signal is blocked.
void SetAttributes(int terminal, const termios& attributes) {
  sigset_t output;
  sigset_t before;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &output, &before);
  tcsetattr(terminal, TCSANOW, &attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

bool RawTerminal::Enter() {
  // Of a terminal that does not control us, nobody is in the background.
  const pid_t foreground = tcgetpgrp(terminal_);
  if (foreground >= 0 && foreground != getpgrp()) return false;
  termios attributes{};
  if (tcgetattr(terminal_, &attributes) != 0) return false;
  if (!entered_) before_ = attributes;
  entered_ = true;
  cfmakeraw(&attributes);
  SetAttributes(terminal_, attributes);
  return true;
}

RawTerminal::~RawTerminal() {
  if (entered_) SetAttributes(terminal_, before_);
}

bool IsTerminal(int fd) { return isatty(fd) == 1; }

void CopyWindowSize(int from, int to) {
  winsize size{};
  if (ioctl(from, TIOCGWINSZ, &size) == 0) ioctl(to, TIOCSWINSZ, &size);
}

void MakeTransparent(int terminal) {
  termios attributes{};
  if (tcgetattr(terminal, &attributes) != 0) return;
  attributes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  attributes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
  tcsetattr(terminal, TCSANOW, &attributes);
}

}  // namespace ibuild::builder
