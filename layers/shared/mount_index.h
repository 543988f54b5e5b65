// MountIndex: what a cache mount held when it was sent to a shared cache, and in which blobs.
//
// A blob of content, a "pack", is zstd of chunks one behind the other. The index lists the chunks
// of every pack, and the files with the chunks that they are made of. docs/formats/cache-mounts.md
// has the grammar. Parsing is strict and bounded: an index comes from strangers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tree/file_meta.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "support/clean_path.h"

namespace ibuild::layers {

inline constexpr const char* kMountPackType = "application/vnd.ibuild.cache.pack.v1+zstd";

// What is held in memory is some hundred bytes for each.
inline constexpr std::size_t kMostMountFiles = 1u << 20;

struct MountChunk {
  oci::Digest digest;
  std::uint32_t length = 0;
};

struct MountPack {
  oci::Digest digest;
  std::uint64_t size = 0;  // as it travels
  std::vector<MountChunk> chunks = {};

  oci::Descriptor Describe() const;
  std::uint64_t PlainSize() const;
};

struct MountFile {
  FileMeta meta;
  // Of a file with several names, all but the first: the first. Content is listed with each.
  std::string same_as = {};
  std::vector<oci::Digest> chunks = {};
};

using MountFiles = std::map<CleanPath, MountFile>;  // the root among them

struct MountIndex {
  std::vector<MountPack> packs = {};
  MountFiles files = {};
};

// Every chunk of a file must be in a pack.
std::string Serialize(const MountIndex& index);
// Throws kUnsupported for a later version, kCorrupt.
MountIndex ParseMountIndex(std::string_view text);

}  // namespace ibuild::layers
