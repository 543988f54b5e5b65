// Which blob is the compressed form of a layer: a small record for every layer and choice, so that
// nothing is compressed twice.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "layers/compress/codec.h"
#include "layers/store/store.h"
#include "oci/layer_id.h"

namespace ibuild::layers {

// "gzip-4", "zstd-3": with the default level filled in.
std::string ChoiceName(const CompressionChoice& choice);
std::optional<CompressionChoice> ParseChoiceName(std::string_view name);

// Digest and size (no media type), when the blob is still in the store, or where it is known to be
// (layer_origins.h).
std::optional<oci::Descriptor> FindCompressed(Store& store, const oci::DiffId& layer,
                                              const CompressionChoice& choice);
void RememberCompressed(Store& store, const oci::DiffId& layer, const CompressionChoice& choice,
                        const oci::Descriptor& blob);

// The record's text; nothing when it is damaged. For pruning.
std::optional<oci::Descriptor> ParseCompressedRecord(std::string_view text);

}  // namespace ibuild::layers
