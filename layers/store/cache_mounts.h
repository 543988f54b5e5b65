// CacheMounts: directories that outlive a build, for RUN --mount=type=cache.
//
// A mount's identity is opaque text (its id and whatever else the caller holds to be part of it).
// How steps share it is Docker's: "shared" steps use it together, a "locked" step waits until it
// is alone, a "private" step that is not alone gets a further copy of its own, which is used again
// later. Steps of other processes count. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>
#include <utility>

#include "layers/store/store.h"
#include "support/files.h"

namespace ibuild::layers {

enum class CacheSharing { kShared, kPrivate, kLocked };
enum class CacheStart {
  kAsLeft,
  kAnew,  // what earlier steps left is gone; a step that still uses it keeps it to itself
};

// Held for as long as the step uses the directory.
struct CacheMount {
  std::filesystem::path directory;
  FileLock lock;
};

class CacheMounts {
 public:
  // Given a new, empty directory (0755), gives it mode, owner and first content.
  using Fill = std::function<void(const std::filesystem::path&)>;

  explicit CacheMounts(Store& store) : session_(store.session()) {}

  // `fill` runs once in a mount's life; what is left when it throws is never used. Waiting for
  // others ends with kCancelled when `stop` is requested.
  CacheMount Acquire(std::string_view identity, CacheSharing sharing, const Fill& fill,
                     const std::stop_token& stop = {},
                     CacheStart start = CacheStart::kAsLeft) const;

 private:
  CacheMount AcquireAnew(const std::string& hex, CacheSharing sharing, const Fill& fill) const;

  SharedSession session_;
};

}  // namespace ibuild::layers
