#include "support/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "support/byte_stream.h"
#include "support/error.h"

namespace ibuild {

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}

void UniqueFd::Reset() noexcept {
  if (fd_ < 0) return;
  const int saved = errno;  // a destructor must not change what a failing caller will report
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

void UniqueFd::Close() {
  if (fd_ < 0) return;
  // Linux frees the descriptor even when close(2) fails, EINTR included: never try again.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) ThrowErrno("close");
}

UniqueFd UniqueFd::Duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) ThrowErrno("duplicate a file descriptor");
  return UniqueFd(copy);
}

Pipe MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) ThrowErrno("make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::size_t ReadUpTo(int fd, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::read(fd, buffer.data() + done, buffer.size() - done);
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      ThrowErrno("read");
    }
  }
  return done;
}

void WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      ThrowErrno("write");
    }
  }
}

void WriteAll(int fd, std::string_view text) { WriteAll(fd, AsBytes(text)); }

}  // namespace ibuild
