#include "containers/network/hosts_file.h"

#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "containers/network/join_message.h"

namespace ibuild::containers {
namespace {

constexpr std::size_t kMostRead = 1U << 20;

std::string ReadAll(int file) {
  std::string text(kMostRead, '\0');
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

void RewriteHosts(int file, const std::string& network, const std::string& lines) {
  while (flock(file, LOCK_EX) != 0 && errno == EINTR) {
  }
  const std::string text = WithSection(ReadAll(file), network, lines);
  [[maybe_unused]] ssize_t done = pwrite(file, text.data(), text.size(), 0);
  done = ftruncate(file, static_cast<off_t>(text.size()));
  flock(file, LOCK_UN);
}

}  // namespace ibuild::containers
