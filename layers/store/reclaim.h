// Giving disk space back, and saying where it went.
//
// Always removed: blobs that no name leads to, and what dead processes left in staging. What makes
// the next build fast (cache records, layer directories that no image needs, compressed blobs of
// layers, cache mounts) goes only when asked. Whatever a living process has pinned stays.
//
// Deciding happens under a lock that keeps others from pinning; what goes is renamed into trash/
// there, and deleted after the lock is released. No step needs disk space.
#pragma once

#include <cstdint>
#include <functional>

#include "layers/store/store.h"

namespace ibuild::layers {

struct PruneOptions {
  bool untagged = true;  // also images without a name
  bool images = false;   // also every name
  bool cache = false;    // also what only makes the next build fast
  bool dry_run = false;
  // Where the cache as a whole stays: whether this layer (or chain) of it goes; null: none does.
  std::function<bool(const oci::Digest& layer)> is_expendable = {};
};

struct PruneReport {
  std::uint64_t bytes = 0;  // on disk
  std::size_t names = 0;
  std::size_t blobs = 0;
  std::size_t layers = 0;  // directories
  std::size_t records = 0;
  std::size_t cache_mounts = 0;
};

// Files of other owners go only where this process may remove them: rootless callers enter the
// user namespace first. What could not be deleted stays in trash/ for the next time.
PruneReport Prune(Store& store, const PruneOptions& options);

struct StoreUsage {
  std::size_t names = 0;
  std::size_t blobs = 0;
  std::size_t layers = 0;
  std::size_t records = 0;
  std::size_t cache_mounts = 0;
  std::uint64_t blob_bytes = 0;  // all sizes as on disk
  std::uint64_t layer_bytes = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t cache_mount_bytes = 0;
  std::uint64_t other_bytes = 0;  // staging, trash, locks
};

StoreUsage DiskUsage(Store& store);

}  // namespace ibuild::layers
