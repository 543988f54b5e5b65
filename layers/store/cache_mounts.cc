#include "layers/store/cache_mounts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "oci/digest.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::layers {
namespace {

using std::filesystem::path;

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
void MakeIfMissing(StoreSession& session, const path& directory,
                   const CacheMountRequest::Fill& fill) {
  if (std::filesystem::exists(directory)) return;
  const path staged = session.NewStagingPath();
  if (::mkdir(staged.c_str(), 0755) != 0) ThrowErrno("make directory " + staged.native());
  try {
    if (::chmod(staged.c_str(), 0755) != 0) ThrowErrno("set a mode");
    if (fill) fill(staged, directory.filename());
    if (!PublishNew(staged, directory)) TryRemoveTree(staged);  // shared steps at the same time
  } catch (const Error&) {
    TryRemoveTree(staged);
    throw;
  }
}

// By the name in cache-mounts/, which gives the order that everyone takes their locks in.
std::map<std::string, CacheMountRequest> Merge(const std::vector<CacheMountRequest>& requests) {
  std::map<std::string, CacheMountRequest> merged;
  for (const CacheMountRequest& request : requests) {
    auto& one =
        merged.try_emplace(oci::Digest::OfText(request.identity).hex(), request).first->second;
    one.sharing = std::max(one.sharing, request.sharing);
    one.start = std::max(one.start, request.start);
  }
  return merged;
}

FileLock::Mode ModeFor(CacheSharing sharing) {
  return sharing == CacheSharing::kShared ? FileLock::Mode::kShared : FileLock::Mode::kExclusive;
}

}  // namespace

// The first copy that nobody uses, emptied. Nobody is waited for, so no order of locks matters.
CacheMount CacheMounts::TakeAnew(const std::string& name, const CacheMountRequest& request,
                                 const std::stop_token& stop) const {
  for (int number = 0;; ++number) {
    Place place = PlaceOf(session_->layout(), name, number);
    auto lock = KeyLock::TryAcquire(place.lock_file, FileLock::Mode::kExclusive);
    if (!lock) continue;
    MoveToTrash(session_->layout(), place.directory);
    MakeIfMissing(*session_, place.directory, request.fill);
    if (request.sharing == CacheSharing::kShared) {
      lock.reset();
      lock = KeyLock::Acquire(place.lock_file, FileLock::Mode::kShared, "a cache mount", stop);
      MakeIfMissing(*session_, place.directory, request.fill);
    }
    return {.directory = std::move(place.directory),
            .lock = std::make_shared<const KeyLock>(*std::move(lock))};
  }
}

CacheMount CacheMounts::Take(const std::string& name, const CacheMountRequest& request,
                             const std::stop_token& stop) const {
  if (request.start == CacheStart::kAnew) return TakeAnew(name, request, stop);
  const auto mode = ModeFor(request.sharing);
  Place place = PlaceOf(session_->layout(), name, 0);
  std::optional<KeyLock> lock;
  if (request.sharing == CacheSharing::kPrivate) {
    lock = KeyLock::TryAcquire(place.lock_file, mode);
    for (int number = 1; !lock; ++number) {
      place = PlaceOf(session_->layout(), name, number);
      lock = KeyLock::TryAcquire(place.lock_file, mode);
    }
  } else {
    lock = KeyLock::Acquire(place.lock_file, mode, "a cache mount", stop);
  }
  MakeIfMissing(*session_, place.directory, request.fill);
  return {.directory = std::move(place.directory),
          .lock = std::make_shared<const KeyLock>(*std::move(lock))};
}

std::optional<CacheMount> CacheMounts::TakeAlone(const std::string& name,
                                                 const CacheMountRequest::Fill& fill,
                                                 const std::stop_token& stop) const {
  const StoreLayout& layout = session_->layout();
  path directory = layout.cache_mounts() / name;
  auto lock = KeyLock::Acquire(layout.CacheMountLock(name), FileLock::Mode::kExclusive,
                               "a cache mount", stop);
  if (fill) MakeIfMissing(*session_, directory, fill);
  if (!std::filesystem::exists(directory)) return std::nullopt;
  return CacheMount{.directory = std::move(directory),
                    .lock = std::make_shared<const KeyLock>(std::move(lock))};
}

std::optional<CacheMount> CacheMounts::TryTakeAlone(const std::string& name) const {
  const StoreLayout& layout = session_->layout();
  path directory = layout.cache_mounts() / name;
  auto lock = KeyLock::TryAcquire(layout.CacheMountLock(name), FileLock::Mode::kExclusive);
  if (!lock || !std::filesystem::exists(directory)) return std::nullopt;
  return CacheMount{.directory = std::move(directory),
                    .lock = std::make_shared<const KeyLock>(*std::move(lock))};
}

std::vector<CacheMount> CacheMounts::Acquire(const std::vector<CacheMountRequest>& requests,
                                             const std::stop_token& stop) const {
  std::map<std::string, CacheMount> taken;
  for (const auto& [name, request] : Merge(requests)) {
    taken.emplace(name, Take(name, request, stop));
  }
  std::vector<CacheMount> mounts;
  for (const CacheMountRequest& request : requests) {
    mounts.push_back(taken.at(oci::Digest::OfText(request.identity).hex()));
  }
  return mounts;
}

}  // namespace ibuild::layers
