#include "layers/apply/directory_times.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "support/error.h"

namespace ibuild::layers {

void DirectoryTimes::Keep(const CleanPath& directory, int fd) {
  struct stat file;
  if (times_.contains(directory)) return;
  if (::fstat(fd, &file) != 0) ThrowErrno(directory.Absolute());
  times_.emplace(directory,
                 UnixTime{file.st_mtim.tv_sec, static_cast<std::int32_t>(file.st_mtim.tv_nsec)});
}

void DirectoryTimes::Forget(const CleanPath& path) {
  auto at = times_.lower_bound(path);
  while (at != times_.end() && path.Contains(at->first)) at = times_.erase(at);
}

void DirectoryTimes::Apply() {
  for (const auto& [path, time] : times_) {
    // By descriptor, looked up in the root: nothing that was placed since can lead outside.
    const auto directory = root_.OpenIfExists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) continue;
    const timespec times[2] = {{0, UTIME_OMIT}, {time.seconds, time.nanoseconds}};
    if (::futimens(directory->get(), times) != 0) ThrowErrno("set time of " + path.Absolute());
  }
  times_.clear();
}

}  // namespace ibuild::layers
