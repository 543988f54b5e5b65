// CacheIndex: what is known from earlier builds, kept as small records in the store.
//
// Three kinds: what layer a step with this key made; what a selection of files out of a given file
// system digests to; and which parts the key of a step had when it last ran, so that a miss can be
// explained. Records are advice: one that cannot be read counts as absent, and a step whose layer
// is gone from the store is run again. Any thread.
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

class CacheIndex {
 public:
  explicit CacheIndex(layers::Store& store) : store_(store) {}

  // Nothing also when the layer is in the store neither as a directory nor as a blob.
  std::optional<CacheRecord> Find(const CacheKey& key) const;
  void Put(const CacheKey& key, const CacheRecord& record) const;

  // `subject`: any text that determines the value.
  std::optional<std::string> FindDerived(std::string_view subject) const;
  void PutDerived(std::string_view subject, std::string_view value) const;

  // `step`: names a step across builds in which its content may change.
  std::optional<std::vector<KeyPart>> FindLastParts(std::string_view step) const;
  void PutLastParts(std::string_view step, const std::vector<KeyPart>& parts) const;

 private:
  layers::Store& store_;
};

// Parse and Serialize are inverses.
std::string Serialize(const CacheRecord& record);
std::optional<CacheRecord> ParseCacheRecord(std::string_view text);

}  // namespace ibuild::builder
