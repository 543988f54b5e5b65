#include "sandbox/process/relay.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "support/error.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kBufferSize = 64U << 10;

bool IsRegularFile(int fd) {
  struct stat state {};
  return fstat(fd, &state) == 0 && S_ISREG(state.st_mode);
}

}  // namespace

// A pipe that is ready takes this much without making us wait.
Relay::Relay(UniqueFd from, int to)
    : from_(std::move(from)),
      to_(to),
      chunk_(IsRegularFile(to) ? kBufferSize : PIPE_BUF),
      buffer_(kBufferSize) {}

Relay::Relay(UniqueFd from, Sink sink)
    : from_(std::move(from)), sink_(std::move(sink)), buffer_(kBufferSize) {}

pollfd Relay::Wait() const {
  if (over()) return {-1, 0, 0};
  return HasPending() ? pollfd{to_, POLLOUT, 0} : pollfd{from_.get(), POLLIN, 0};
}

void Relay::Continue(short events) {
  if (over() || events == 0) return;
  if (HasPending()) {
    Write();
  } else {
    Read();
  }
}

void Relay::Finish() {
  while (!over()) {
    pollfd wait = Wait();
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) ThrowErrno("waiting for output to be taken");
    Continue(wait.revents);
  }
}

void Relay::Read() {
  const ssize_t size = read(from_.get(), buffer_.data(), buffer_.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size <= 0) return from_.Reset();  // EIO is how a terminal ends
  if (to_ < 0) {
    if (sink_) sink_(std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
    return;
  }
  filled_ = static_cast<std::size_t>(size);
  written_ = 0;
}

void Relay::Write() {
  const std::size_t size = std::min(filled_ - written_, chunk_);
  const ssize_t done = write(to_, buffer_.data() + written_, size);
  if (done >= 0) {
    written_ += static_cast<std::size_t>(done);
  } else if (errno == EPIPE || errno == EIO) {
    from_.Reset();
  } else if (errno != EINTR && errno != EAGAIN) {
    ThrowErrno("passing on output");
  }
}

}  // namespace ibuild::builder
