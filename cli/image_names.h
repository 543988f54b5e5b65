// From what a user typed to an image of the store, and to the name that an image is given.
//
// Under podman's and buildah's name a short name is one of localhost: `-t app` names
// localhost/app:latest, and `app` finds that before docker.io/library/app.
#pragma once

#include <optional>
#include <string_view>

#include "cli/settings.h"
#include "layers/store/find_image.h"
#include "oci/reference.h"

namespace ibuild::cli {

class Wiring;

// For --tag and its like. Throws kUsage for a name with a digest, kInvalidInput for no name.
oci::Reference NameToGive(const Settings& settings, std::string_view text);

// layers/store/find_image.h, with the tool's short names.
layers::FoundImage FindNamed(Wiring& wiring, std::string_view text);
std::optional<layers::FoundImage> LookUpNamed(Wiring& wiring, std::string_view text);

// A name under which wiring.resolver() finds just this image, also one without a name.
oci::Reference ReferenceTo(Wiring& wiring, const layers::FoundImage& image);

// As the tool writes it in what scripts read: podman and buildah in full.
std::string Displayed(const Settings& settings, const oci::Reference& name);

}  // namespace ibuild::cli
