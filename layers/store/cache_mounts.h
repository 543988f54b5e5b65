// CacheMounts: directories that outlive a build, for RUN --mount=type=cache.
//
// A mount's identity is opaque text (its id and whatever else the caller holds to be part of it).
// How steps share it is Docker's: "shared" steps use it together, a "locked" step waits until it
// is alone, a "private" step that is not alone gets a further copy of its own, which is used again
// later. Steps of other processes count. Any thread.
//
// A step asks for all its mounts at once: one that waited for the second while it holds the first
// could wait for a step that does the opposite. Equal identities become one mount with the
// strictest sharing that is asked for, and all steps take their locks in one order.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "layers/store/key_lock.h"
#include "layers/store/store.h"
#include "oci/digest.h"

namespace ibuild::layers {

// The later, the stricter.
enum class CacheSharing { kShared, kPrivate, kLocked };
enum class CacheStart {
  kAsLeft,
  kAnew,  // what earlier steps left is gone; a step that still uses it keeps it to itself
};

struct CacheMountRequest {
  // Given a new, empty directory (0755), gives it mode, owner and first content. `name`: what it
  // will be called among the mounts.
  using Fill = std::function<void(const std::filesystem::path& directory, const std::string& name)>;

  std::string identity;
  CacheSharing sharing = CacheSharing::kShared;
  // Runs once in a mount's life; what is left when it throws is never used.
  Fill fill = {};
  CacheStart start = CacheStart::kAsLeft;
};

// Held for as long as the step uses the directory.
struct CacheMount {
  std::filesystem::path directory;
  std::shared_ptr<const KeyLock> lock;
};

class CacheMounts {
 public:
  explicit CacheMounts(Store& store) : session_(store.session()) {}

  // In the order of the requests. Waiting for others ends with kCancelled when `stop` is requested.
  std::vector<CacheMount> Acquire(const std::vector<CacheMountRequest>& requests,
                                  const std::stop_token& stop = {}) const;

  // A mount by its directory's name (NameOf), with nobody else in it: for moving what it holds.
  // `fill` makes one that is not there; without it, nothing comes back. Waits like Acquire.
  std::optional<CacheMount> TakeAlone(const std::string& name, const CacheMountRequest::Fill& fill,
                                      const std::stop_token& stop = {}) const;
  // The same at once or not at all: nothing where it is in use, or not there.
  std::optional<CacheMount> TryTakeAlone(const std::string& name) const;

  // The directory of the first copy of a mount.
  static std::string NameOf(const oci::Digest& identity) { return identity.hex() + ".0"; }

 private:
  CacheMount Take(const std::string& name, const CacheMountRequest& request,
                  const std::stop_token& stop) const;
  CacheMount TakeAnew(const std::string& name, const CacheMountRequest& request,
                      const std::stop_token& stop) const;

  SharedSession session_;
};

}  // namespace ibuild::layers
