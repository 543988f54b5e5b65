#include "cli/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

namespace ibuild::cli {
namespace {

// What a signal handler can reach: globals of lock-free types.
std::atomic<int> signal_pipe = -1;
std::atomic<int> first_signal = 0;

void OnSignal(int number) {
  const int saved = errno;
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  const char byte = 'x';
  // A full pipe has been written to already; nothing is lost.
  [[maybe_unused]] const ssize_t written = ::write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

void Handle(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  // SA_RESETHAND: the second one kills. SA_RESTART: system calls elsewhere need not care.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(number, &action, nullptr);
}

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

}  // namespace

Interrupts::Interrupts() : signals_(MakePipe()) {
  signal_pipe = signals_.write_end.get();
  first_signal = 0;
  for (const int number : kSignals) Handle(number, OnSignal);
  Start();
}

Interrupts::~Interrupts() {
  Abandon();
  Stop();
  signal_pipe = -1;
}

int Interrupts::signal() const { return first_signal.load(); }

void Interrupts::Abandon() {
  for (const int number : kSignals) Handle(number, SIG_DFL);
}

void Interrupts::SetTick(std::function<void()> tick) {
  Stop();
  tick_ = std::move(tick);
  Start();
}

void Interrupts::WithoutThread(const std::function<void()>& work) {
  Stop();
  try {
    work();
  } catch (...) {
    Start();
    throw;
  }
  Start();
}

void Interrupts::Start() {
  wake_ = MakePipe();
  thread_ = std::thread([this] { Watch(wake_.read_end.get()); });
}

void Interrupts::Stop() {
  wake_.write_end.Reset();  // the end of the pipe is what the thread waits for
  if (thread_.joinable()) thread_.join();
}

void Interrupts::Watch(int wake) {
  constexpr int kTickMilliseconds = 100;
  std::array<pollfd, 2> waiting = {{{wake, POLLIN, 0}, {signals_.read_end.get(), POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(waiting.data(), waiting.size(), tick_ ? kTickMilliseconds : -1);
    if (ready < 0) continue;  // EINTR: the signal is in the pipe
    if (waiting[0].revents != 0) return;
    if (ready == 0) {
      tick_();
      continue;
    }
    waiting[1].fd = -1;  // once is enough
    stop_.request_stop();
  }
}

}  // namespace ibuild::cli
