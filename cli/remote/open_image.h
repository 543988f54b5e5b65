// Opening an image where it is (image_location.h), to be read, copied or changed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/remote/image_location.h"
#include "oci/blob_store.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

namespace ibuild::registry {
class RegistryClient;
class RegistrySource;
}  // namespace ibuild::registry

namespace ibuild::cli {

class Wiring;

struct OpenedImage {
  std::shared_ptr<oci::BlobSource> owned;        // keeps `blobs` alive, unless the store does
  oci::BlobSource* blobs = nullptr;              // never null
  registry::RegistrySource* registry = nullptr;  // when it is in a registry
  oci::Descriptor root;
  std::vector<oci::Reference> names = {};  // that it has where it is
};

// Images of the store and of Docker archives have plain layers of our own; whoever sends them on
// makes them exportable (layers/archive/make_exportable.h). Throws kNotFound and what else there
// is.
OpenedImage OpenImage(Wiring& wiring, registry::RegistryClient& client,
                      const ImageLocation& location);

// The document that `root` is.
oci::ManifestOrIndex ReadDocument(oci::BlobSource& blobs, const oci::Descriptor& root);

// One image of one platform: of an index the one that suits, else the image itself.
struct ReadImageParts {
  oci::Descriptor descriptor;
  oci::Manifest manifest;
  std::string config_text;
  oci::ImageConfig config;
};
ReadImageParts ReadOneImage(oci::BlobSource& blobs, const oci::Descriptor& root,
                            const oci::Platform& platform);

}  // namespace ibuild::cli
