// Pushing an image: blobs first and in parallel, manifests by digest, then the index, the tag last
// (distribution-spec "Pushing"). What the registry has is not sent; what another repository of the
// same registry has is mounted.
#pragma once

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "oci/blob_store.h"
#include "oci/reference.h"
#include "registry/client/registry_client.h"
#include "support/report.h"

namespace ibuild::registry {

struct PushRequest {
  oci::Reference target;  // a tag, or a digest, which must be the root's
  oci::Descriptor root;   // an image manifest or an index
  // Repositories that are likely to hold some of the blobs: that of the base image. Others than
  // the target registry's are passed over.
  std::vector<oci::Repository> mount_from = {};
  std::vector<std::string> more_tags = {};  // in the same repository
  std::set<oci::Digest> known_there = {};   // blobs that were sent already, and are not asked for
  bool foreign_layers = false;              // send non-distributable layers too
  std::stop_token stop = {};
};

struct PushReceipt {
  oci::Reference reference;  // the target by digest
  oci::Descriptor root;      // what was pushed: the one image when an index is here only in part
  std::size_t sent = 0;      // blobs
  std::size_t mounted = 0;
  std::size_t existed = 0;
  std::uint64_t sent_bytes = 0;
  bool unchanged = false;  // the tag already named this very image
};

// Asks with one request whether a push would be let in, before anyone works for it: throws what the
// push would throw when it is denied.
void CheckMayPush(const oci::Repository& target, RegistryClient& client, std::stop_token stop);

// Several images, or one under several names, in the order of the requests: what they share is sent
// once, and no tag is put before everything that any of them names is there.
std::vector<PushReceipt> PushAll(std::vector<PushRequest> requests, oci::BlobSource& source,
                                 RegistryClient& client, Reporter& reporter);

// Throws kUnauthorized or kPermissionDenied with a hint on what to do next, kNotFound when the
// source lacks a blob, kUnavailable, kCorrupt.
PushReceipt Push(const PushRequest& request, oci::BlobSource& source, RegistryClient& client,
                 Reporter& reporter);

}  // namespace ibuild::registry
