// Pulling an image into a store: manifest (and index), then config and layers in parallel, each
// verified while it streams and resumed where the connection broke. Blobs that the store has cost
// no request.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

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
  // What the source's digest names, when the store has it: then nobody is asked what is here.
  std::optional<oci::Descriptor> known = {};
  // Warn of an image, named without an index, that is for another platform.
  bool compare_platform = true;
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

// Throws kNotFound, kUnauthorized, kUnavailable, kCorrupt. Naming the image is the caller's. The
// source is taken as it is; see PullFirst for short names.
PulledImage Pull(const PullRequest& request, RegistryClient& client, oci::BlobStore& store,
                 Reporter& reporter);

// The same for the first of several names (RegistryClient::Meanings of a short one) that can be
// had, and which one that was. The error is that of the first when none can.
struct NamedPull {
  oci::Reference name;
  PulledImage image;
};
NamedPull PullFirst(const std::vector<oci::Reference>& names, const PullRequest& request,
                    RegistryClient& client, oci::BlobStore& store, Reporter& reporter);

}  // namespace ibuild::registry
