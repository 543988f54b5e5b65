// What `inspect` says of an image, in the shapes that scripts read.
#pragma once

#include <vector>

#include "cli/images/image_list.h"
#include "cli/tools/tool_kind.h"
#include "cli/working/working_container.h"
#include "support/json_fwd.h"

namespace ibuild::cli {

// `names`: all names of the store; those of this image become RepoTags and RepoDigests.
struct ImageNames {
  std::vector<std::string> tags;
  std::vector<std::string> digests;
};
ImageNames NamesOf(layers::Store& store, const oci::Digest& id, bool in_full);

// As `docker image inspect`, `podman image inspect` or `buildah inspect` has it.
OrderedJson DescribeImage(layers::Store& store, const LocalImage& image, ToolKind tool);

// As `buildah inspect` has it. Throws kNotFound when the image is not here.
OrderedJson DescribeWorkingContainer(layers::Store& store, const WorkingContainer& container);

}  // namespace ibuild::cli
