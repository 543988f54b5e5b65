#include "layers/store/key_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "support/error.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

// flock(2) cannot wait for a stop request as well, hence the looks at short intervals.
constexpr std::chrono::milliseconds kInterval{20};

}  // namespace

bool HasName(const UniqueFd& file, const path& name) {
  struct stat open;
  struct stat named;
  return ::fstat(file.get(), &open) == 0 && ::lstat(name.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

std::optional<KeyLock> KeyLock::TryAcquire(const path& file, FileLock::Mode mode) {
  const int operation = mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX;
  for (;;) {
    UniqueFd fd = OpenFile(file, O_RDWR | O_CREAT, 0600);
    if (::flock(fd.get(), operation | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) ThrowErrno("lock " + file.native());
      return std::nullopt;
    }
    if (HasName(fd, file)) return KeyLock(file, std::move(fd));
  }
}

KeyLock KeyLock::Acquire(const path& file, FileLock::Mode mode, std::string_view what,
                         const std::stop_token& stop) {
  for (;;) {
    if (auto lock = TryAcquire(file, mode)) return *std::move(lock);
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, fmt::format("cancelled while waiting for {}", what));
    }
    std::this_thread::sleep_for(kInterval);
  }
}

// Only who is alone may take the name away. Going from shared to exclusive lets go for a moment, in
// which another may have done it: hence the second look at the name.
KeyLock::~KeyLock() {
  if (!fd_) return;
  const bool alone = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
  if (alone && HasName(fd_, path_)) ::unlink(path_.c_str());
}

}  // namespace ibuild::layers
