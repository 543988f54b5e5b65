// CacheIndex: what is known from earlier builds, kept as small records in the store.
//
// Two kinds: what layer a step with this key made; and what a selection of files out of a given
// file system digests to. Records are advice: one that cannot be read counts as absent, and a step
// whose layer is gone from the store is run again. What the store does not know, shared caches may
// (shared_caches.h), and what is asked for is told to those that this build writes. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/cache/cache_key.h"
#include "layers/store/store.h"
#include "oci/layer_id.h"
#include "support/clock.h"

namespace ibuild::builder {

struct CacheRecord {
  oci::DiffId layer;
  std::uint64_t size = 0;  // of the layer's plain tar
  UnixTime created;

  friend bool operator==(const CacheRecord&, const CacheRecord&) = default;
};

class CacheExport;
class SharedCaches;

class CacheIndex {
 public:
  // `shared`, `written`: null when the build has none.
  explicit CacheIndex(layers::Store& store, SharedCaches* shared = nullptr,
                      CacheExport* written = nullptr)
      : store_(store), shared_(shared), written_(written) {}

  // Nothing also when the layer is in the store neither as a directory nor as a blob, and in no
  // shared cache.
  std::optional<CacheRecord> Find(const CacheKey& key) const;
  void Put(const CacheKey& key, const CacheRecord& record) const;

  // `subject`: any text that determines the value.
  std::optional<std::string> FindDerived(std::string_view subject) const;
  void PutDerived(std::string_view subject, std::string_view value) const;

  // The digest of a selection of files: as above, but it means the same on every machine.
  std::optional<std::string> FindSelection(std::string_view subject) const;
  void PutSelection(std::string_view subject, const std::string& digest) const;

 private:
  std::optional<CacheRecord> FindHere(const CacheKey& key) const;

  layers::Store& store_;
  SharedCaches* shared_;
  CacheExport* written_;
};

// Parse and Serialize are inverses.
std::string Serialize(const CacheRecord& record);
std::optional<CacheRecord> ParseCacheRecord(std::string_view text);

}  // namespace ibuild::builder
