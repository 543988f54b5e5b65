// Writing an image to where it is to be (image_location.h), from wherever its blobs are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/remote/image_location.h"
#include "oci/blob_store.h"

namespace ibuild::registry {
class RegistryClient;
}

namespace ibuild::cli {

class Wiring;

struct WriteRequest {
  ImageLocation target;
  oci::Descriptor root;
  // Likely to have some of the blobs, when the target is in the same registry.
  std::vector<oci::Repository> mount_from = {};
  // For a target that does not say: the name that an archive's entry gets.
  std::optional<oci::Reference> name = {};
  std::vector<std::string> more_tags = {};  // of a registry's or archive's image
  bool foreign_layers = false;
};

// Streams: nothing is kept here that the target does not keep. Returns the digest that the target
// has it by, which is the root's. Says on the reporter what was sent.
oci::Digest WriteImage(Wiring& wiring, registry::RegistryClient& client, oci::BlobSource& blobs,
                       const WriteRequest& request);

}  // namespace ibuild::cli
