// File descriptors as values.
//
// Every descriptor in ibuild is opened close-on-exec and owned by one UniqueFd. Reads and writes
// retry EINTR and continue after short counts; failures throw ErrnoError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ibuild {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }
  void Reset() noexcept;
  // Closes and reports what the kernel says (EIO, ENOSPC on network file systems); the destructor
  // cannot.
  void Close();
  UniqueFd Duplicate() const;

 private:
  int fd_ = -1;
};

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};
Pipe MakePipe();  // both ends close-on-exec

// Reads until `buffer` is full or the end; returns the bytes read (less than the size: the end).
std::size_t ReadUpTo(int fd, std::span<std::byte> buffer);
void WriteAll(int fd, std::span<const std::byte> bytes);
void WriteAll(int fd, std::string_view text);

}  // namespace ibuild
