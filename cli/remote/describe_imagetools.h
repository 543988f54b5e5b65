// The shape of `docker buildx imagetools inspect`.
#pragma once

#include <string>

#include "cli/remote/open_image.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

// `name`, `manifest` (the descriptor, and of an index what it lists) and, when wanted, `image`: the
// configuration, or of several platforms a configuration for each.
OrderedJson DescribeAsImagetools(const OpenedImage& image, const oci::Reference& name,
                                 bool with_images);

// The same for people.
std::string ImagetoolsText(const OpenedImage& image, const oci::Reference& name);

}  // namespace ibuild::cli
