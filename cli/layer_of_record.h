// Whose layer a record of the build cache names: what the store, to which records are opaque, asks.
#pragma once

#include <optional>
#include <string_view>

#include "builder/cache/cache_index.h"
#include "oci/layer_id.h"

namespace ibuild::cli {

inline std::optional<oci::DiffId> LayerOfRecord(std::string_view text) {
  const auto record = builder::ParseCacheRecord(text);
  return record ? std::optional(record->layer) : std::nullopt;
}

}  // namespace ibuild::cli
