#include "sandbox/process/caught_signals.h"

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

CaughtSignals::CaughtSignals(bool ends) : ends_(ends), pipe_(MakePipe()) {
  for (int fd : {pipe_.read_end.get(), pipe_.write_end.get()}) {
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) ThrowErrno("preparing to catch signals");
  }
  caught_pipe = pipe_.write_end.get();
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (Leaves(kSignals[i])) continue;
    sigaction(kSignals[i], nullptr, &before_[i]);
    // Shells without job control ignore SIGINT in whatever they start in the background.
    const bool ignored = before_[i].sa_handler == SIG_IGN && kSignals[i] != SIGINT;
    if (!ignored) sigaction(kSignals[i], &action, nullptr);
  }
}

CaughtSignals::~CaughtSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (!Leaves(kSignals[i])) sigaction(kSignals[i], &before_[i], nullptr);
  }
  caught_pipe = -1;
}

std::optional<int> CaughtSignals::Next() {
  unsigned char byte = 0;
  return read(pipe_.read_end.get(), &byte, 1) == 1 ? std::optional<int>(byte) : std::nullopt;
}

}  // namespace ibuild::builder
