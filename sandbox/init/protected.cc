#include "sandbox/init/protected.h"

#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "sandbox/init/syscalls.h"

namespace ibuild::builder::init {
namespace {

constexpr long kLongestPath = 4096;

// The path of what a descriptor stands for, as the kernel knows it. Its length, or minus errno.
long PathOf(long fd, char* path) {
  char link[32] = "/proc/self/fd/";
  char digits[12];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + fd % 10);
    fd /= 10;
  } while (fd > 0);
  char* end = link + sizeof("/proc/self/fd/") - 1;
  while (count > 0) *end++ = digits[--count];
  *end = '\0';
  const long length = Call(__NR_readlinkat, AT_FDCWD, AsLong(link), AsLong(path), kLongestPath - 1);
  if (length >= 0) path[length] = '\0';
  return length;
}

// The part of `path` behind `prefix`; null when it does not begin so.
const char* Behind(const char* path, const char* prefix) {
  while (*prefix != '\0') {
    if (*path++ != *prefix++) return nullptr;
  }
  return path;
}

bool IsOrIsBelow(const char* path, const char* directory) {
  const char* rest = Behind(path, directory);
  return rest != nullptr && (*rest == '\0' || *rest == '/');
}

bool IsDevice(long fd) {
  struct stat state;
  if (Call(__NR_fstat, fd, AsLong(&state)) < 0) return true;
  return S_ISCHR(state.st_mode) || S_ISBLK(state.st_mode);
}

}  // namespace

bool MayBeCovered(int root, long target) {
  char root_path[kLongestPath];
  char target_path[kLongestPath];
  if (PathOf(root, root_path) < 0 || PathOf(target, target_path) < 0) return false;
  const char* inside = Behind(target_path, root_path);
  if (inside == nullptr || *inside == '\0' || IsDevice(target)) return false;
  const char* in_dev = Behind(inside, "/dev");
  if (in_dev != nullptr && *in_dev == '\0') return false;
  return !IsOrIsBelow(inside, "/proc") && !IsOrIsBelow(inside, "/sys") &&
         !IsOrIsBelow(inside, "/dev/pts");
}

}  // namespace ibuild::builder::init
