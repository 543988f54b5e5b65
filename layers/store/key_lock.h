// KeyLock: a lock for one key out of endlessly many. Its file goes with its last holder, so that
// locks/ holds no more files than there are locks; what killed processes leave is swept by a prune.
//
// Whoever has the lock has it on the file that has the name now: a file that went between opening
// and locking is opened anew. Held until destroyed; between threads of a process as well.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

#include "support/fd.h"
#include "support/files.h"

namespace ibuild::layers {

// Whether the open file is the one that has this name now.
bool HasName(const UniqueFd& file, const std::filesystem::path& name);

class KeyLock {
 public:
  static std::optional<KeyLock> TryAcquire(const std::filesystem::path& path, FileLock::Mode mode);
  // Waits; throws kCancelled, naming `what` it waited for, when `stop` is requested.
  static KeyLock Acquire(const std::filesystem::path& path, FileLock::Mode mode,
                         std::string_view what, const std::stop_token& stop = {});

  KeyLock(KeyLock&& other) noexcept = default;
  KeyLock& operator=(KeyLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~KeyLock();

 private:
  KeyLock(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace ibuild::layers
