#include "builder/solve/build_times.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <array>
#include <string>
#include <vector>

#include "layers/tree/read_tree.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

UnixTime FileClock() {
  timespec now;
  if (::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) ThrowErrno("read the clock");
  return {.seconds = now.tv_sec, .nanoseconds = static_cast<std::int32_t>(now.tv_nsec)};
}

void SetTime(int root, const std::string& path, UnixTime time) {
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = time.seconds, .tv_nsec = time.nanoseconds}};
  if (::utimensat(root, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    ThrowErrno("set time of /" + path);
  }
}

}  // namespace

BuildTimes::BuildTimes(std::optional<std::int64_t> source_date_epoch) : begin(FileClock()) {
  if (source_date_epoch) epoch = UnixTime{.seconds = *source_date_epoch, .nanoseconds = 0};
}

void BuildTimes::Settle(const std::filesystem::path& upper) const {
  if (!epoch) return;
  const UniqueFd root = OpenFile(upper, O_RDONLY | O_DIRECTORY);
  std::vector<std::string> pending = {""};
  while (!pending.empty()) {
    const std::string directory = std::move(pending.back());
    pending.pop_back();
    const UniqueFd open = layers::OpenBelow(root.get(), directory.empty() ? "." : directory);
    for (const auto& entry : layers::ListNames(open.get())) {
      const std::string path = layers::JoinBelow(directory, entry.name);
      const auto file = layers::StatBelow(root.get(), path);
      if (!file) continue;
      // Programs set times in whole seconds, hence no closer look.
      if (file->st_mtim.tv_sec >= begin.seconds) SetTime(root.get(), path, *epoch);
      if (S_ISDIR(file->st_mode)) pending.push_back(path);
    }
  }
}

}  // namespace ibuild::builder
