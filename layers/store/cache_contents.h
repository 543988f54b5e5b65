// What the build cache holds and how much of it: layers with the records that name them, cache
// mounts, other records. For showing it, and for letting the least recently used of it go.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/store/cache_limits.h"
#include "layers/store/reclaim.h"
#include "layers/store/store.h"
#include "oci/layer_id.h"

namespace ibuild::layers {

enum class CacheKind { kLayer, kMount, kRecord };

struct CacheEntry {
  CacheKind kind = CacheKind::kRecord;
  std::string id;  // of a layer: hexadecimal DiffId; of a mount: its directory's name
  std::vector<std::filesystem::path> records;  // that name the layer, or the record itself
  std::uint64_t bytes = 0;                     // on disk
  UnixTime used;
};

// Whose layer a record names; nothing: none's. Records are opaque to this room.
using LayerOfRecord = std::function<std::optional<oci::DiffId>(std::string_view record)>;

// The record that says what a cache mount is called, by its directory's name.
std::string MountNameKey(std::string_view directory_name);

std::vector<CacheEntry> ListCache(const Store& store, const LayerOfRecord& layer_of);

// Removes what is over the limits, but nothing that a living process or an image uses, and then
// what Prune removes by `options` (its is_expendable is ours). Needs root like Prune.
PruneReport TrimCache(Store& store, const CacheLimits& limits, const LayerOfRecord& layer_of,
                      PruneOptions options = {});

}  // namespace ibuild::layers
