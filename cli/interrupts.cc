#include "cli/interrupts.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "support/cleanup.h"

namespace ibuild::cli {
namespace {

// What a signal handler can reach: globals of lock-free types.
std::atomic<int> signal_pipe = -1;
std::atomic<int> first_signal = 0;
std::atomic<int> signal_count = 0;

// The thread takes two; whoever sends a third wants an end without manners.
void OnSignal(int number) {
  const int saved = errno;
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
  if (++signal_count > 2) {
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  const char byte = 'x';
  [[maybe_unused]] const ssize_t written = ::write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Interrupts::Interrupts(std::function<bool()> busy, std::function<void()> farewell)
    : busy_(std::move(busy)), farewell_(std::move(farewell)), signals_(MakePipe()) {
  signal_pipe = signals_.write_end.get();
  first_signal = 0;
  signal_count = 0;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;  // system calls elsewhere need not care
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    // Shells without job control ignore SIGINT in whatever they start in the background; who sends
    // it to that means it all the same.
    const bool ignored = before_[i].sa_handler == SIG_IGN && kSignals[i] != SIGINT;
    if (!ignored) ::sigaction(kSignals[i], &action, nullptr);
  }
  Start();
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &before_[i], nullptr);
  }
  Stop();
  signal_pipe = -1;
}

int Interrupts::signal() const { return first_signal.load(); }

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
  std::array<pollfd, 2> waiting = {{{wake, POLLIN, 0}, {signals_.read_end.get(), POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(waiting.data(), waiting.size(), Timeout());
    if (ready < 0) continue;  // EINTR: the signal is in the pipe
    if (waiting[0].revents != 0) return;
    if (waiting[1].revents != 0) TakeSignal();
    CheckPatience();
    if (ready == 0 && tick_) tick_();
  }
}

int Interrupts::Timeout() const {
  constexpr int kTickMilliseconds = 100;
  return tick_ || stop_.stop_requested() ? kTickMilliseconds : -1;
}

void Interrupts::TakeSignal() {
  char byte = 0;
  [[maybe_unused]] const ssize_t size = ::read(signals_.read_end.get(), &byte, 1);
  if (stop_.stop_requested()) Leave();
  asked_ = Clock::now();
  stop_.request_stop();
}

void Interrupts::CheckPatience() {
  if (!stop_.stop_requested()) return;
  if (busy_ && busy_()) {
    asked_ = Clock::now();
  } else if (Clock::now() - asked_ >= patience_.load()) {
    Leave();
  }
}

void Interrupts::Leave() {
  if (farewell_) farewell_();
  RunCleanups();
  ::_exit(128 + signal());
}

}  // namespace ibuild::cli
