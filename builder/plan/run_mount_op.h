// A RUN --mount as the engine needs it: target joined to WORKDIR, defaults filled in.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/graph/op.h"
#include "parser/syntax/run_mount.h"

namespace ibuild::builder {

struct MountSurroundings {
  std::string working_directory;
  std::string cache_namespace;  // BUILDKIT_CACHE_MOUNT_NS; empty: none
  // Where the files of `from=NAME` are, for a mount at `target`.
  std::function<FileInput(std::string_view name, std::string_view target)> files_of;
};

// Sorted by target, so that nesting works in any written order; of several mounts at one target the
// last one counts.
std::vector<RunMountOp> MakeRunMounts(const std::vector<parser::RunMount>& mounts,
                                      const MountSurroundings& around);

}  // namespace ibuild::builder
