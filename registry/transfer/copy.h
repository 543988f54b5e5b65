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
  std::stop_token stop = {};
};

PushReceipt CopyImage(const CopyRequest& request, RegistryClient& client, Reporter& reporter);

}  // namespace ibuild::registry
