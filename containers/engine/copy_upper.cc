#include "containers/engine/copy_upper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "layers/tree/read_tree.h"
#include "support/byte_stream.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

void CopyAttributes(int from, int to) {
  std::string names(64U << 10, '\0');
  const ssize_t size = flistxattr(from, names.data(), names.size());
  std::string value(64U << 10, '\0');
  for (ssize_t at = 0; at < size;) {
    const char* const name = names.data() + at;
    at += static_cast<ssize_t>(std::char_traits<char>::length(name)) + 1;
    const ssize_t length = fgetxattr(from, name, value.data(), value.size());
    if (length < 0) continue;
    // What the kernel keeps to itself (origin, impure) means nothing in a copy.
    fsetxattr(to, name, value.data(), static_cast<std::size_t>(length), 0);
  }
}

void SetOwnerModeTime(int fd, const struct stat& state) {
  if (fchown(fd, state.st_uid, state.st_gid) != 0) ThrowErrno("setting the owner of a copy");
  if (fchmod(fd, state.st_mode & 07777) != 0) ThrowErrno("setting the mode of a copy");
  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, state.st_mtim};
  futimens(fd, times.data());
}

class UpperCopier {
 public:
  void CopyDirectory(int from, int to) {
    for (const layers::DirectoryName& entry : layers::ListNames(from)) {
      struct stat state {};
      if (fstatat(from, entry.name.c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (S_ISDIR(state.st_mode)) {
        CopySubdirectory(from, to, entry.name, state);
      } else if (S_ISREG(state.st_mode)) {
        CopyFile(from, to, entry.name, state);
      } else if (!S_ISSOCK(state.st_mode)) {
        CopySpecial(from, to, entry.name, state);
      }
    }
  }

 private:
  void CopySubdirectory(int from, int to, const std::string& name, const struct stat& state) {
    if (mkdirat(to, name.c_str(), 0700) != 0) ThrowErrno("copying " + name);
    const UniqueFd source = layers::OpenBelow(from, name, O_RDONLY | O_DIRECTORY);
    const UniqueFd target = layers::OpenBelow(to, name, O_RDONLY | O_DIRECTORY);
    CopyDirectory(source.get(), target.get());
    CopyAttributes(source.get(), target.get());
    SetOwnerModeTime(target.get(), state);
  }

  void CopyFile(int from, int to, const std::string& name, const struct stat& state) {
    const UniqueFd source = layers::OpenBelow(from, name, O_RDONLY);
    UniqueFd target(openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!target) ThrowErrno("copying " + name);
    FdSource content(source.Duplicate());
    FdSink sink(target.Duplicate());
    Copy(content, sink);
    sink.Finish();
    // The owner first: changing it takes file capabilities away.
    SetOwnerModeTime(target.get(), state);
    CopyAttributes(source.get(), target.get());
  }

  void CopySpecial(int from, int to, const std::string& name, const struct stat& state) {
    if (S_ISLNK(state.st_mode)) {
      std::string link(PATH_MAX, '\0');
      const ssize_t size = readlinkat(from, name.c_str(), link.data(), link.size());
      if (size < 0) ThrowErrno("copying " + name);
      link.resize(static_cast<std::size_t>(size));
      if (symlinkat(link.c_str(), to, name.c_str()) != 0) ThrowErrno("copying " + name);
    } else if (mknodat(to, name.c_str(), state.st_mode, state.st_rdev) != 0) {
      ThrowErrno("copying " + name);
    }
    if (fchownat(to, name.c_str(), state.st_uid, state.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
      ThrowErrno("setting the owner of a copy");
    }
    const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, state.st_mtim};
    utimensat(to, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
  }
};

}  // namespace

void CopyUpper(const std::filesystem::path& source, const std::filesystem::path& target) {
  const UniqueFd from = OpenFile(source, O_RDONLY | O_DIRECTORY);
  const UniqueFd to = OpenFile(target, O_RDONLY | O_DIRECTORY);
  UpperCopier().CopyDirectory(from.get(), to.get());
  struct stat state {};
  if (fstat(from.get(), &state) == 0) SetOwnerModeTime(to.get(), state);
}

}  // namespace ibuild::containers
