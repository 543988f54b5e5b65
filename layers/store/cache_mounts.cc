#include "layers/store/cache_mounts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "oci/digest.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

// flock(2) cannot wait for a stop request as well, hence the looks at short intervals.
FileLock WaitForLock(const path& file, FileLock::Mode mode, const std::stop_token& stop) {
  for (;;) {
    if (auto lock = FileLock::TryAcquire(file, mode)) return std::move(*lock);
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "cancelled while waiting for a cache mount");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Copy `number` of a mount.
struct Place {
  path directory;
  path lock_file;
};

Place PlaceOf(const StoreLayout& layout, const std::string& hex, int number) {
  const std::string name = fmt::format("{}.{}", hex, number);
  return {.directory = layout.cache_mounts() / name, .lock_file = layout.CacheMountLock(name)};
}

// Under the mount's lock. Filled in staging: a mount that is there is wholly there.
void MakeIfMissing(StoreSession& session, const path& directory, const CacheMounts::Fill& fill) {
  if (std::filesystem::exists(directory)) return;
  const path staged = session.NewStagingPath();
  if (::mkdir(staged.c_str(), 0755) != 0) ThrowErrno("make directory " + staged.native());
  try {
    if (::chmod(staged.c_str(), 0755) != 0) ThrowErrno("set a mode");
    if (fill) fill(staged);
    if (!PublishNew(staged, directory)) TryRemoveTree(staged);  // shared steps at the same time
  } catch (const Error&) {
    TryRemoveTree(staged);
    throw;
  }
}

FileLock::Mode ModeFor(CacheSharing sharing) {
  return sharing == CacheSharing::kShared ? FileLock::Mode::kShared : FileLock::Mode::kExclusive;
}

}  // namespace

// The first copy that nobody uses, emptied.
CacheMount CacheMounts::AcquireAnew(const std::string& hex, CacheSharing sharing,
                                    const Fill& fill) const {
  for (int number = 0;; ++number) {
    Place place = PlaceOf(session_->layout(), hex, number);
    auto lock = FileLock::TryAcquire(place.lock_file, FileLock::Mode::kExclusive);
    if (!lock) continue;
    MoveToTrash(session_->layout(), place.directory);
    MakeIfMissing(*session_, place.directory, fill);
    if (sharing == CacheSharing::kShared) {
      lock.reset();
      lock = FileLock::Acquire(place.lock_file, FileLock::Mode::kShared);
    }
    return {.directory = std::move(place.directory), .lock = std::move(*lock)};
  }
}

CacheMount CacheMounts::Acquire(std::string_view identity, CacheSharing sharing, const Fill& fill,
                                const std::stop_token& stop, CacheStart start) const {
  const std::string hex = oci::Digest::OfText(identity).hex();
  if (start == CacheStart::kAnew) return AcquireAnew(hex, sharing, fill);
  const auto mode = ModeFor(sharing);
  Place place = PlaceOf(session_->layout(), hex, 0);
  std::optional<FileLock> lock;
  if (sharing == CacheSharing::kPrivate) {
    lock = FileLock::TryAcquire(place.lock_file, mode);
    for (int number = 1; !lock; ++number) {
      place = PlaceOf(session_->layout(), hex, number);
      lock = FileLock::TryAcquire(place.lock_file, mode);
    }
  } else {
    lock = WaitForLock(place.lock_file, mode, stop);
  }
  MakeIfMissing(*session_, place.directory, fill);
  return {.directory = std::move(place.directory), .lock = std::move(*lock)};
}

}  // namespace ibuild::layers
