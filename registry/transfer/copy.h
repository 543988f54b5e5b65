// Copying from registry to registry without a local store: blobs stream through, are mounted where
// both names are on one registry, and digests stay as they are.
#pragma once

#include <optional>
#include <stop_token>

#include "registry/transfer/push.h"

namespace ibuild::registry {

struct CopyRequest {
  oci::Reference source;
  oci::Reference target;
  std::optional<oci::Platform> platform = {};  // nothing: everything that the reference names
  // What refers to the image (signatures, bills of materials), by the referrers list and by the
  // tags that cosign makes, goes along.
  bool referrers = false;
  std::stop_token stop = {};
};

// The two clients may be one; they differ when the two sides have other credentials.
PushReceipt CopyImage(const CopyRequest& request, RegistryClient& from, RegistryClient& to,
                      Reporter& reporter);

}  // namespace ibuild::registry
