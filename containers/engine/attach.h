// Being attached to a container: its output on our standard streams, ours (or our terminal) as its
// input, our signals as its signals.
#pragma once

#include <optional>

#include "support/fd.h"

namespace ibuild::containers {

struct AttachOptions {
  bool input = false;  // pass standard input on
  bool tty = false;    // the container has a terminal: ours shows it
  bool pass_signals = true;
};

struct AttachEnd {
  std::optional<int> exit_code;  // nothing: detached, or the monitor was killed
  bool detached = false;         // by Ctrl-P Ctrl-Q
};

// Tells the monitor at the other end what is wanted. Apart, so that it can be said before the
// monitor is there.
void SendAttach(int connection, const AttachOptions& options);

// To the end of the container, or until the user detaches.
AttachEnd Attach(int connection, const AttachOptions& options);

}  // namespace ibuild::containers
