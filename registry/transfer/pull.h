// Pulling an image into a store: manifest (and index), then config and layers in parallel, each
// verified while it streams and resumed where the connection broke. Blobs that the store has cost
// no request.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "oci/blob_store.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "registry/client/registry_client.h"
#include "support/report.h"

namespace ibuild::registry {

struct PullRequest {
  oci::Reference source;
  // Which image of an index; nothing: all of them.
  std::optional<oci::Platform> platform = oci::Platform::Host();
  bool layers = true;  // false: manifest and config only
  std::stop_token stop = {};
};

struct PulledImage {
  // What the reference names. An index may be kept although only one of its images is in the
  // store.
  oci::Descriptor root;
  oci::Descriptor manifest;  // of the chosen platform; the root itself when all were pulled
  std::size_t fetched = 0;   // blobs
  std::size_t existed = 0;
  std::uint64_t fetched_bytes = 0;
};

// Throws kNotFound, kUnauthorized, kUnavailable, kCorrupt. Naming the image is the caller's.
PulledImage Pull(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
                 Reporter& reporter);

}  // namespace ibuild::registry
