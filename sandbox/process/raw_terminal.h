// The user's terminal, while the terminal of a container shows on it.
#pragma once

#include <termios.h>

namespace ibuild::builder {

// Passes every key through untouched for as long as it lives: it is the container's terminal that
// makes lines and signals of them. Then the terminal is as it was before.
class RawTerminal {
 public:
  explicit RawTerminal(int terminal) : terminal_(terminal) {}  // which outlives it
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

  // To be called at the start and after each SIGCONT: whoever stopped us may have changed it. False
  // in the background, where the terminal is somebody else's and must not be read.
  bool Enter();

 private:
  int terminal_;
  bool entered_ = false;
  termios before_{};
};

bool IsTerminal(int fd);

// Gives a terminal the size of another; what has none is left alone.
void CopyWindowSize(int from, int to);

// Makes a terminal pass on what is written to it as it is and show nothing of what is typed: for
// one whose other end does both.
void MakeTransparent(int terminal);

}  // namespace ibuild::builder
