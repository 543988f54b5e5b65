// RemoveTree: apart from files.cc because deleting what others made is a subject of its own.
//
// The walk holds descriptors, not paths, so a directory that is swapped for a link meanwhile is
// never followed; and it keeps its own stack, so depth costs memory, not the call stack.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/error.h"
#include "support/files.h"

namespace ibuild {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

Directory OpenDirectory(int parent, const char* name) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = ::openat(parent, name, kFlags);
  if (fd < 0 && errno == EACCES && ::fchmodat(parent, name, 0700, 0) == 0) {
    fd = ::openat(parent, name, kFlags);
  }
  if (fd < 0) return nullptr;
  Directory directory(::fdopendir(fd));
  if (!directory) ::close(fd);
  return directory;
}

// unlinkat that gives itself the right to change the directory `parent` once.
bool Unlink(int parent, const char* name, int flags) {
  if (::unlinkat(parent, name, flags) == 0 || errno == ENOENT) return true;
  if (errno != EACCES || ::fchmod(parent, 0700) != 0) return false;
  return ::unlinkat(parent, name, flags) == 0 || errno == ENOENT;
}

class TreeRemover {
 public:
  // Returns the errno of the first failure, 0 for none; goes on after failures.
  int Remove(const char* path) {
    Enter(AT_FDCWD, path);
    while (!open_.empty()) Advance();
    return first_error_;
  }

 private:
  struct Level {
    Directory directory;
    std::string name;
  };

  int ParentFd() const {
    return open_.size() < 2 ? AT_FDCWD : ::dirfd(open_[open_.size() - 2].directory.get());
  }

  void Fail() {
    if (first_error_ == 0) first_error_ = errno;
  }

  void Enter(int parent, const char* name) {
    if (Directory directory = OpenDirectory(parent, name)) {
      open_.push_back({std::move(directory), name});
    } else if (errno == ENOTDIR || errno == ELOOP) {
      if (!Unlink(parent, name, 0)) Fail();
    } else if (errno != ENOENT) {
      Fail();
    }
  }

  void Advance() {
    DIR* const directory = open_.back().directory.get();
    const dirent* const entry = ::readdir(directory);
    if (entry == nullptr) {
      Leave();
    } else if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) {
      if (!Unlink(::dirfd(directory), entry->d_name, 0)) Fail();
    } else if (!IsDots(entry->d_name)) {
      Enter(::dirfd(directory), std::string(entry->d_name).c_str());
    }
  }

  void Leave() {
    if (!Unlink(ParentFd(), open_.back().name.c_str(), AT_REMOVEDIR)) Fail();
    open_.pop_back();
  }

  std::vector<Level> open_;
  int first_error_ = 0;
};

}  // namespace

void RemoveTree(const std::filesystem::path& path) {
  const int error_number = TreeRemover().Remove(path.c_str());
  if (error_number != 0) throw ErrnoError("remove " + path.native(), error_number);
}

bool TryRemoveTree(const std::filesystem::path& path) noexcept {
  try {
    return TreeRemover().Remove(path.c_str()) == 0;
  } catch (...) {  // out of memory: the caller asked for best effort
    return false;
  }
}

}  // namespace ibuild
