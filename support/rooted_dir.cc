#include "support/rooted_dir.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "support/error.h"
#include "support/files.h"
#include "support/rooted_walk.h"

namespace ibuild {
namespace {

// Once openat2 was seen missing there is no use in asking again.
std::atomic<bool> openat2_missing = false;

// O_TMPFILE holds the bit of O_DIRECTORY, hence the comparison.
bool MayCreate(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// As open(2): a descriptor or -1 with errno.
int OpenInRoot(int root, const std::string& path, int flags, mode_t mode) {
  if (!openat2_missing.load(std::memory_order_relaxed)) {
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    // The kernel refuses mode bits without a flag that could use them.
    how.mode = MayCreate(flags) ? mode : mode_t{0};
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: a concurrent rename made it impossible to prove that ".." stayed inside. Somebody who
    // renames without pause gets the walk, which has no such doubt.
    for (int attempt = 0; attempt < 64; ++attempt) {
      const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
      if (fd >= 0) return static_cast<int>(fd);
      if (errno != EAGAIN && errno != EINTR) break;
    }
    // EPERM is what container seccomp filters give for calls that they do not know.
    if (errno == ENOSYS) openat2_missing.store(true, std::memory_order_relaxed);
    if (errno != ENOSYS && errno != EPERM && errno != EAGAIN && errno != EINTR) return -1;
  }
  return rooted_walk::Open(root, path, flags, mode);
}

bool IsAbsence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

}  // namespace

RootedDir RootedDir::Open(const std::string& directory) {
  return RootedDir(OpenFile(directory, O_PATH | O_DIRECTORY));
}

UniqueFd RootedDir::OpenAt(const CleanPath& path, int flags, mode_t mode) const {
  const int fd = OpenInRoot(fd_.get(), path.ForOpen(), flags, mode);
  if (fd < 0) ThrowErrno(path.Absolute());
  return UniqueFd(fd);
}

std::optional<UniqueFd> RootedDir::OpenIfExists(const CleanPath& path, int flags) const {
  const int fd = OpenInRoot(fd_.get(), path.ForOpen(), flags, 0);
  if (fd >= 0) return UniqueFd(fd);
  if (!IsAbsence(errno)) ThrowErrno(path.Absolute());
  return std::nullopt;
}

std::optional<struct stat> RootedDir::StatIfExists(const CleanPath& path) const {
  const auto file = OpenIfExists(path, O_PATH | O_NOFOLLOW);
  if (!file) return std::nullopt;
  struct stat result;
  if (::fstat(file->get(), &result) != 0) ThrowErrno(path.Absolute());
  return result;
}

std::string RootedDir::ReadLink(const CleanPath& path) const {
  const UniqueFd link = OpenAt(path, O_PATH | O_NOFOLLOW);
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
  if (length < 0) ThrowErrno("read link " + path.Absolute());
  return std::string(target.data(), static_cast<std::size_t>(length));
}

UniqueFd RootedDir::OpenParent(const CleanPath& path) const {
  return OpenAt(path.Parent(), O_PATH | O_DIRECTORY);
}

}  // namespace ibuild
