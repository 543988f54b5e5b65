#include "cli/staging_dir.h"

#include "layers/store/store_session.h"
#include "support/files.h"

namespace ibuild::cli {

StagingDir::StagingDir(layers::Store& store) : path_(store.session()->NewStagingPath()) {
  MakeDirectories(path_, 0700);
}

StagingDir::~StagingDir() { TryRemoveTree(path_); }

}  // namespace ibuild::cli
