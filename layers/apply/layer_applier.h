// Unpacks a layer's tar into a fresh layer directory: the hardened side, since the bytes come from
// anywhere.
//
// Every name is cleaned and resolved inside the directory; nothing is ever written through a
// symbolic link to outside; devices, hard links, whiteouts and xattrs are placed by rule
// (image-spec layer.md). A missing parent takes the metadata it has in `lower`; a parent that is a
// symbolic link in `lower` is followed there, inside the root. Limits (entries, bytes, path
// length, depth) end in kResourceExhausted.
#pragma once

#include <cstdint>
#include <filesystem>

#include "layers/tree/layered_tree.h"
#include "oci/layer_id.h"
#include "support/byte_stream.h"

namespace ibuild::layers {

struct ApplyLimits {
  std::uint64_t entries = 5'000'000;
  std::uint64_t bytes = 64ull << 30;  // of file content
};

struct AppliedLayer {
  oci::DiffId diff_id;  // of the bytes read
  std::uint64_t tar_size = 0;
  bool depends_on_lower = false;  // some entry's place or metadata was taken from `lower`
};

// `tar`: plain tar bytes, read to the end. `directory`: empty, ours alone.
AppliedLayer ApplyLayer(ByteSource& tar, const std::filesystem::path& directory,
                        const LayeredTree& lower, const ApplyLimits& limits = {});

}  // namespace ibuild::layers
