#include "containers/network/hosts_file.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "containers/network/join_message.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kMostRead = 1U << 20;

// The container has the same file, and may hold its lock as long as it likes: that is no reason to
// wait, and what becomes of the file then is its own affair.
class Turn {
 public:
  Turn(int file, int kind) : file_(file) {
    constexpr int kAttempts = 5;
    constexpr std::chrono::milliseconds kPause{1};
    for (int i = 0; i < kAttempts && !held_; ++i) {
      if (i > 0) std::this_thread::sleep_for(kPause);
      held_ = flock(file_, kind | LOCK_NB) == 0;
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (held_) flock(file_, LOCK_UN);
  }

 private:
  int file_;
  bool held_ = false;
};

std::string ReadAll(int file) {
  struct stat state {};
  if (fstat(file, &state) != 0) return {};
  std::string text(std::min(static_cast<std::size_t>(state.st_size), kMostRead), '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

void RewriteHosts(int file, const std::string& network, const std::string& lines) {
  const Turn turn(file, LOCK_EX);
  const std::string text = WithSection(ReadAll(file), network, lines);
  [[maybe_unused]] ssize_t done = pwrite(file, text.data(), text.size(), 0);
  done = ftruncate(file, static_cast<off_t>(text.size()));
}

std::string ReadHosts(int file) {
  const Turn turn(file, LOCK_SH);
  return ReadAll(file);
}

}  // namespace ibuild::containers
