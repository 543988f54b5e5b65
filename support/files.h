// Whole files and directories on the host, by path. For paths that come from an image, a context
// or an archive use RootedDir: lookups here follow symbolic links anywhere.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "support/fd.h"

namespace ibuild {

// open(2) with O_CLOEXEC; throws ErrnoError naming the path.
UniqueFd OpenFile(const std::filesystem::path& path, int flags, mode_t mode = 0);
// Nothing when the file does not exist (ENOENT, ENOTDIR); throws for any other failure.
std::optional<UniqueFd> OpenFileIfExists(const std::filesystem::path& path, int flags);

// Reads at most `limit` bytes; a longer file is an error (kResourceExhausted) naming the limit.
std::string ReadFile(const std::filesystem::path& path, std::size_t limit = 64u << 20);
std::optional<std::string> ReadFileIfExists(const std::filesystem::path& path,
                                            std::size_t limit = 64u << 20);
std::string ReadAll(int fd, std::size_t limit = 64u << 20);

// How far a write must have got before it counts.
enum class Durability {
  kAtomic,   // appears whole or not at all; may be lost on power failure
  kDurable,  // fdatasync before, and fsync of the directory after the rename
};
// Writes a temporary file beside `path` and renames it over. On any failure `path` is untouched
// and the temporary file is gone. `mode` is exact, whatever the umask.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                         mode_t mode = 0644, Durability durability = Durability::kAtomic);

// Like mkdir -p with this mode for what is created.
void MakeDirectories(const std::filesystem::path& path, mode_t mode = 0755);
// Removes a tree, following no symbolic link and crossing into directories that lack permission
// bits (chmod first). Missing is fine. Best effort variant never throws and returns success.
void RemoveTree(const std::filesystem::path& path);
bool TryRemoveTree(const std::filesystem::path& path) noexcept;

// A fresh directory (mode 0700) under `parent`, removed with all it holds by the destructor unless
// Keep() was called.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent, std::string_view prefix = "tmp-");
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Keep();  // gives the directory to the caller

 private:
  std::filesystem::path path_;
};

// flock(2) on a lock file (created 0600), held until destroyed; released by the kernel if the
// process dies. Not for NFS before Linux 2.6.12.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  static FileLock Acquire(const std::filesystem::path& path, Mode mode);  // waits
  static std::optional<FileLock> TryAcquire(const std::filesystem::path& path, Mode mode);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Whether the file system that holds `path` has less than a mebibyte left for us. For explaining a
// failure that already happened; nothing is decided by it.
bool IsDiskFull(const std::filesystem::path& path);

// Random lower-case hex for names of temporary files; `bytes` of entropy from getrandom(2).
std::string RandomHex(std::size_t bytes = 8);

}  // namespace ibuild
