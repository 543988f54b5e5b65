// From a cache mount's directory to what travels: chunks that a cache has already stay where they
// are, the rest is packed into new blobs; then an index of everything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "layers/shared/mount_index.h"

namespace ibuild::layers {

struct MountToSend {
  std::filesystem::path directory;  // nobody else may change it meanwhile
  // What the cache holds of this mount now: several when two wrote at the same time.
  std::vector<MountIndex> present = {};
  // That nothing happened to it since this machine last saw it: what is not in `directory` was
  // removed here, not added elsewhere. Otherwise the newest of each file wins, and none goes.
  bool is_successor = false;
  std::uint64_t limit = 0;  // bytes of content; the files that changed least recently stay here
  std::size_t most_files = kMostMountFiles;  // likewise
};

// Takes a pack; a second one of the same digest never comes.
using PutPack = std::function<void(const oci::Descriptor& pack, const std::string& bytes)>;

struct SentMount {
  MountIndex index;
  std::uint64_t bytes = 0;   // of content, in all files
  bool is_here = true;       // nothing of it is only in the cache
  std::size_t left_out = 0;  // files over a limit, and those that no cache can hold but for sockets
};

// Throws Error, also what `put` throws.
SentMount SendMount(const MountToSend& mount, const PutPack& put);

}  // namespace ibuild::layers
