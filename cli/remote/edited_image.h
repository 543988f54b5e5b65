// Images that are changed where they are: read from one place, edited, and written to another with
// the layers coming from where they were.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/registry_options.h"
#include "cli/remote/combined_source.h"
#include "cli/remote/edit_image.h"
#include "cli/remote/open_image.h"

namespace ibuild::cli {

class Wiring;

// What becomes of one image: its configuration's text and its layers. Documents that are added to
// `parts` may be named by them.
struct EditedParts {
  std::string config;
  oci::Manifest manifest;  // `config` in it is filled in afterwards
};
using PartsEditor = std::function<EditedParts(const ReadImageParts& image, CombinedSource& parts)>;

// The same for every image of an index (attestations about the old images are left out), or for the
// one of `platform`. The new root is in `parts`, with all that it names.
oci::Descriptor EditImage(const OpenedImage& image, const std::optional<oci::Platform>& platform,
                          CombinedSource& parts, const PartsEditor& edit);

// A layer of a tar that somebody gives: compressed (as it is), or plain (then compressed with
// gzip). Kept as a blob of the store.
NewLayer MakeLayer(Wiring& wiring, const std::string& file, const std::string& created_by);

// Where the result goes: --tag (a name, or another place), --output (an archive), --repo.
class EditTarget {
 public:
  void Declare(OptionSet& options);
  // Prints what scripts read: NAME@DIGEST for registries. `source`: where it goes when nothing else
  // is said.
  void Write(Wiring& wiring, CombinedSource& parts, const oci::Descriptor& root,
             const std::optional<ImageLocation>& source) const;

 private:
  std::optional<std::string> tag_;
  std::optional<std::string> output_;
  std::optional<std::string> repository_;
};

}  // namespace ibuild::cli
