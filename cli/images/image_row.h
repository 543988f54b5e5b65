// A line of `images`, as templates see it.
#pragma once

#include <string>
#include <vector>

#include "cli/images/image_list.h"
#include "cli/render/list_format.h"
#include "cli/tools/tool_kind.h"

namespace ibuild::cli {

struct RowStyle {
  ToolKind tool = ToolKind::kIbuild;
  bool full_ids = false;
  UnixTime now;
};

// Repository, Tag, Digest, ID, CreatedSince, CreatedAt, Size and what else Docker has.
OrderedJson MakeImageRow(const ListedImage& image, const RowStyle& style);
const std::vector<ListColumn>& ImageColumns();

// `podman images --format json`: one entry for each image, with all of its names.
std::string PodmanImagesJson(const std::vector<ListedImage>& images);

// "sha256:…"; twelve digits unless in full.
std::string DisplayedId(const oci::Digest& id, bool in_full);

}  // namespace ibuild::cli
