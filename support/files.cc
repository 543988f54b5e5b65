#include "support/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <vector>

#include "support/byte_stream.h"
#include "support/cleanup.h"
#include "support/error.h"
#include "support/sha256.h"

namespace ibuild {
namespace {

namespace fs = std::filesystem;

int OpenRetrying(const fs::path& file, int flags, mode_t mode) {
  for (;;) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

bool IsAbsence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

// A directory entry that goes away again unless it was renamed to its place.
class TemporaryFile {
 public:
  TemporaryFile(const fs::path& target, mode_t mode)
      : path_(target.parent_path() /
              fmt::format(".{}.{}", target.filename().string(), RandomHex())),
        cleanup_([path = path_] { ::unlink(path.c_str()); }),
        fd_(OpenFile(path_, O_WRONLY | O_CREAT | O_EXCL, mode)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  UniqueFd& fd() { return fd_; }
  void RenameTo(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) ThrowErrno("rename to " + target.string());
    path_.clear();
  }

 private:
  fs::path path_;
  Cleanup cleanup_;
  UniqueFd fd_;
};

void SyncDirectory(const fs::path& directory) {
  const UniqueFd fd =
      OpenFile(directory.empty() ? fs::path(".") : directory, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd.get()) != 0) ThrowErrno("sync " + directory.string());
}

}  // namespace

UniqueFd OpenFile(const fs::path& file, int flags, mode_t mode) {
  const int fd = OpenRetrying(file, flags, mode);
  if (fd < 0) ThrowErrno(file.native());
  return UniqueFd(fd);
}

std::optional<UniqueFd> OpenFileIfExists(const fs::path& file, int flags) {
  const int fd = OpenRetrying(file, flags, 0);
  if (fd >= 0) return UniqueFd(fd);
  if (!IsAbsence(errno)) ThrowErrno(file.native());
  return std::nullopt;
}

std::string ReadAll(int fd, std::size_t limit) {
  struct stat info;
  if (::fstat(fd, &info) != 0) ThrowErrno("stat");
  // One byte more than the size, so that the common case sees the end in the first read.
  std::size_t chunk = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) + 1 : 16u << 10;
  chunk = std::min(chunk, limit + 1);
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + chunk);
    const std::size_t count =
        ReadUpTo(fd, std::as_writable_bytes(std::span(text.data() + before, chunk)));
    text.resize(before + count);
    if (text.size() > limit) {
      throw Error(ErrorKind::kResourceExhausted,
                  fmt::format("the file is longer than the limit of {} bytes", limit));
    }
    if (count < chunk) return text;
  }
}

std::string ReadFile(const fs::path& file, std::size_t limit) {
  const UniqueFd fd = OpenFile(file, O_RDONLY);
  return InContext(file.native(), [&] { return ReadAll(fd.get(), limit); });
}

std::optional<std::string> ReadFileIfExists(const fs::path& file, std::size_t limit) {
  const auto fd = OpenFileIfExists(file, O_RDONLY);
  if (!fd) return std::nullopt;
  return InContext(file.native(), [&] { return ReadAll(fd->get(), limit); });
}

void WriteFileAtomically(const fs::path& file, std::string_view content, mode_t mode,
                         Durability durability) {
  InContext("writing " + file.native(), [&] {
    TemporaryFile temporary(file, mode);
    WriteAll(temporary.fd().get(), content);
    if (::fchmod(temporary.fd().get(), mode) != 0) ThrowErrno("set the mode");  // umask
    if (durability == Durability::kDurable && ::fdatasync(temporary.fd().get()) != 0) {
      ThrowErrno("sync");
    }
    temporary.fd().Close();
    temporary.RenameTo(file);
    if (durability == Durability::kDurable) SyncDirectory(file.parent_path());
  });
}

void MakeDirectories(const fs::path& directory, mode_t mode) {
  if (::mkdir(directory.c_str(), mode) == 0) return;
  if (errno == ENOENT && directory.has_parent_path() && directory.parent_path() != directory) {
    MakeDirectories(directory.parent_path(), mode);
    if (::mkdir(directory.c_str(), mode) == 0) return;
  }
  const int error_number = errno;
  std::error_code ignored;
  if (error_number == EEXIST && fs::is_directory(directory, ignored)) return;
  throw ErrnoError("make directory " + directory.native(), error_number);
}

TempDir::TempDir(const fs::path& parent, std::string_view prefix)
    : path_(parent / fmt::format("{}{}", prefix, RandomHex())) {
  if (::mkdir(path_.c_str(), 0700) != 0) ThrowErrno("make directory " + path_.native());
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (!path_.empty()) TryRemoveTree(path_);
}

fs::path TempDir::Keep() { return std::exchange(path_, {}); }

namespace {

// flock(2) asks for no right to write: what cannot be written to can still be locked, as long as
// the lock file is there.
UniqueFd OpenLockFile(const fs::path& file) {
  const int fd = OpenRetrying(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) return UniqueFd(fd);
  const int error_number = errno;
  const bool may_read = error_number == EROFS || error_number == EACCES || error_number == ENOSPC ||
                        error_number == EDQUOT;
  auto readable = may_read ? OpenFileIfExists(file, O_RDONLY) : std::nullopt;
  if (!readable) throw ErrnoError("open " + file.native(), error_number);
  return *std::move(readable);
}

}  // namespace

FileLock FileLock::Acquire(const fs::path& file, Mode mode) {
  UniqueFd fd = OpenLockFile(file);
  const int operation = mode == Mode::kShared ? LOCK_SH : LOCK_EX;
  while (::flock(fd.get(), operation) != 0) {
    if (errno != EINTR) ThrowErrno("lock " + file.native());
  }
  return FileLock(std::move(fd));
}

std::optional<FileLock> FileLock::TryAcquire(const fs::path& file, Mode mode) {
  UniqueFd fd = OpenLockFile(file);
  const int operation = mode == Mode::kShared ? LOCK_SH : LOCK_EX;
  if (::flock(fd.get(), operation | LOCK_NB) == 0) return FileLock(std::move(fd));
  if (errno != EWOULDBLOCK) ThrowErrno("lock " + file.native());
  return std::nullopt;
}

bool IsDiskFull(const std::filesystem::path& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) != 0) return false;
  return std::uint64_t{info.f_bavail} * info.f_frsize < (1u << 20);
}

std::string RandomHex(std::size_t bytes) {
  std::vector<std::byte> random(bytes);
  // Up to 256 bytes arrive whole (getrandom(2)); nobody names files with more.
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(bytes)) {
    ThrowErrno("read random bytes");
  }
  return ToHex(random);
}

}  // namespace ibuild
