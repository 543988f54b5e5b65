// The store's half-fetched blobs: ingest/part-<hex>, locked by whoever is at it.
//
// The lock goes with the process, so a crash leaves a file that the next one continues. What is in
// it is hashed again then, and nothing has a blob's name before its digest is right. Prunes leave
// alone what is locked, and what is younger than a week.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "layers/store/store_session.h"
#include "oci/partial_blob.h"

namespace ibuild::layers {

// Waits for its lock; null when the file became a blob meanwhile. Throws kCancelled.
std::unique_ptr<oci::PartialBlob> ContinueBlob(const SharedSession& session,
                                               const oci::Descriptor& descriptor,
                                               const std::stop_token& stop);

// Whether a name in ingest/ is such a file; and whether nobody is at it any more.
bool IsPartialBlob(const std::filesystem::path& file);
bool IsAbandoned(const std::filesystem::path& partial_blob);

}  // namespace ibuild::layers
