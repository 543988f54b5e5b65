#include "builder/copy/file_data.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "support/error.h"
#include "support/fd.h"

namespace ibuild::builder {
namespace {

// Below this a read and a write beat the set-up of anything cleverer.
constexpr std::uint64_t kSmall = 128u << 10;

[[noreturn]] void ThrowChanged() {
  throw Error(ErrorKind::kInvalidInput, "the file changed while it was being copied");
}

void CopyBuffered(int from, int to, std::uint64_t size) {
  thread_local const auto memory = std::make_unique_for_overwrite<std::byte[]>(kSmall);
  const std::span buffer(memory.get(), kSmall);
  std::uint64_t done = 0;
  while (done < size) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size - done, kSmall));
    const std::size_t count = ReadUpTo(from, buffer.first(want));
    if (count == 0) ThrowChanged();
    WriteAll(to, buffer.first(count));
    done += count;
  }
}

// Whether the answer of FICLONE is the same for every file: remembered, not asked again.
bool Clone(int from, int to) {
  static std::atomic<bool> useless = false;
  if (useless.load(std::memory_order_relaxed)) return false;
  if (::ioctl(to, FICLONE, from) == 0) return true;
  if (errno == EOPNOTSUPP || errno == ENOTTY || errno == EXDEV) {
    useless.store(true, std::memory_order_relaxed);
  }
  return false;
}

struct Extent {
  off_t begin = 0;
  off_t end = 0;
};

// The next stretch of data at or after `position`; nothing when only a hole is left.
std::optional<Extent> NextData(int fd, off_t position, off_t size) {
  const off_t begin = ::lseek(fd, position, SEEK_DATA);
  if (begin < 0) {
    if (errno == ENXIO) return std::nullopt;
    return Extent{.begin = position, .end = size};  // no such notion here
  }
  const off_t end = ::lseek(fd, begin, SEEK_HOLE);
  return Extent{.begin = begin, .end = end < 0 ? size : std::min(end, size)};
}

// False when the kernel does not copy between these two files.
bool CopyInKernel(int from, int to, Extent extent) {
  off_t in = extent.begin;
  off_t out = extent.begin;
  while (in < extent.end) {
    const auto want = static_cast<std::size_t>(extent.end - in);
    const ssize_t count = ::copy_file_range(from, &in, to, &out, want, 0);
    if (count == 0) ThrowChanged();
    if (count > 0 || errno == EINTR) continue;
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO) ThrowErrno("copy file data");
    if (in == extent.begin) return false;
    ThrowErrno("copy file data");
  }
  return true;
}

void CopyExtent(int from, int to, Extent extent) {
  if (CopyInKernel(from, to, extent)) return;
  if (::lseek(from, extent.begin, SEEK_SET) < 0 || ::lseek(to, extent.begin, SEEK_SET) < 0) {
    ThrowErrno("seek");
  }
  CopyBuffered(from, to, static_cast<std::uint64_t>(extent.end - extent.begin));
}

}  // namespace

void CopyFileData(int from, int to, std::uint64_t size) {
  if (size == 0) return;
  if (size <= kSmall) return CopyBuffered(from, to, size);
  if (Clone(from, to)) return;
  const auto end = static_cast<off_t>(size);
  off_t position = 0;
  while (position < end) {
    const auto extent = NextData(from, position, end);
    if (!extent) break;
    CopyExtent(from, to, *extent);
    position = extent->end;
  }
  if (::ftruncate(to, end) != 0) ThrowErrno("set file size");
}

}  // namespace ibuild::builder
