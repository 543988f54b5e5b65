// Copying an image from anywhere to anywhere: streaming, with its digest, unless it must be
// converted on the way (plain layers of our own, other media types or compression, one platform for
// a Docker archive); then it comes through the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/remote/image_location.h"
#include "layers/archive/make_exportable.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace ibuild::registry {
class RegistryClient;
}

namespace ibuild::cli {

class Wiring;
struct OpenedImage;

struct CopyChoice {
  bool all = false;
  std::optional<oci::Platform> platform = {};
  bool referrers = false;
  std::vector<std::string> more_names = {};
  layers::ExportOptions convert = {};

  bool Converts() const { return convert.types.has_value() || convert.force_compression; }
};

// The digest that the target has it by.
oci::Digest CopyImageTo(Wiring& wiring, registry::RegistryClient& source,
                        registry::RegistryClient& target, const ImageLocation& from,
                        const ImageLocation& to, const CopyChoice& choice);

// Brings the image and all that it names into the store, under no name.
void KeepInStore(Wiring& wiring, oci::BlobSource& blobs, const oci::Descriptor& root);

}  // namespace ibuild::cli
