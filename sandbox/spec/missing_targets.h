// Mount points that an image does not have although a layer below all others offers them: a layer
// removed them, or a link in the image leads to where nothing is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/rooted_dir.h"

namespace ibuild::builder {

// An entry of a layer laid over the image: what exists keeps its looks, what does not is added.
struct SurfaceEntry {
  std::string path;  // in the root, no leading slash
  bool is_directory = false;
  mode_t mode = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t seconds = 0;  // modification time
  std::uint32_t nanoseconds = 0;

  friend bool operator==(const SurfaceEntry&, const SurfaceEntry&) = default;
};

struct MountTarget {
  std::string path;
  bool is_directory = false;
};

// Parents first. Links are followed inside the root. Throws kInvalidInput for links without end.
std::vector<SurfaceEntry> FindMissingTargets(const RootedDir& root,
                                             const std::vector<MountTarget>& targets);

}  // namespace ibuild::builder
