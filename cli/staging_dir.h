// A directory in the store's staging for the length of a command. Whatever is in it goes when the
// object does; if the process dies first, the next prune sweeps it.
#pragma once

#include <filesystem>

#include "layers/store/store.h"

namespace ibuild::cli {

class StagingDir {
 public:
  explicit StagingDir(layers::Store& store);
  StagingDir(const StagingDir&) = delete;
  StagingDir& operator=(const StagingDir&) = delete;
  ~StagingDir();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ibuild::cli
