#include "cli/containers/export_container.h"

#include "cli/result_file.h"
#include "containers/engine/changes.h"
#include "layers/archive/rootfs_export.h"

namespace ibuild::cli {

void ExportContainer(const containers::Engine& engine, const containers::Container& container,
                     const std::string& output) {
  { const FileLock entered = engine.EnterUserNamespace(); }
  ResultFile file(output);
  layers::WriteTreeTar(layers::LayeredTree(containers::TreeOf(engine.store(), container, true)),
                       file.sink());
  file.Commit();
}

}  // namespace ibuild::cli
