// Bringing blobs into a store, several at a time: each is resumed where it broke off, verified, and
// fetched once more from the start when its bytes turn out wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "oci/blob_store.h"
#include "registry/client/repository_access.h"
#include "support/report.h"

namespace ibuild::registry {

struct FetchSummary {
  std::size_t fetched = 0;
  std::size_t existed = 0;
  std::uint64_t bytes = 0;
};

// In this order, `jobs` at a time; a digest that is named twice is fetched once.
FetchSummary FetchBlobs(const RepositoryAccess& access, const std::vector<oci::Descriptor>& blobs,
                        oci::BlobStore& store, std::size_t jobs);

// Config first, then layers, the largest first.
std::vector<oci::Descriptor> FetchOrder(const oci::Descriptor& config,
                                        const std::vector<oci::Descriptor>& layers);

}  // namespace ibuild::registry
