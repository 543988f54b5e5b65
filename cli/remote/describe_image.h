// What `inspect` says of an image that is somewhere else than in the store.
#pragma once

#include <string>

#include "cli/remote/open_image.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

// Name, Digest, MediaType, Platforms, Size, Config and Layers, of the image and of every platform
// that an index names.
OrderedJson DescribeRemote(const OpenedImage& image, const ImageLocation& location,
                           const oci::Platform& platform);

// The shape of `skopeo inspect`. `tags`: null where they are not asked for.
OrderedJson DescribeAsSkopeo(const OpenedImage& image, const ImageLocation& location,
                             const oci::Platform& platform, const OrderedJson& tags);

}  // namespace ibuild::cli
