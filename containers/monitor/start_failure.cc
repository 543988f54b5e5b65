#include "containers/monitor/start_failure.h"

#include <unistd.h>

#include "containers/volumes/volume_store.h"
#include "support/files.h"

namespace ibuild::containers {

int StartExitCode(const Error& error, const std::vector<std::string>& arguments) {
  constexpr int kNotExecutable = 126;
  constexpr int kNoSuchProgram = 127;
  constexpr int kOurs = 125;
  const bool about_program =
      !arguments.empty() && error.message().find(arguments.front()) != std::string::npos;
  if (about_program && error.kind() == ErrorKind::kNotFound) return kNoSuchProgram;
  if (about_program && error.kind() == ErrorKind::kPermissionDenied) return kNotExecutable;
  return kOurs;
}

void Discard(const layers::StoreLayout& layout, const std::filesystem::path& path) {
  const std::filesystem::path grave = layout.trash() / RandomHex();
  if (rename(path.c_str(), grave.c_str()) == 0) TryRemoveTree(grave);
}

void RemoveWithVolumes(const ContainerStore& store, const Container& container) {
  const VolumeStore volumes(store.layout());
  store.Remove(container);
  for (const MountConfig& mount : container.config.mounts) {
    if (mount.type != "volume") continue;
    const auto volume = volumes.LookUp(mount.name);
    if (volume && volume->anonymous) Discard(store.layout(), store.layout().volumes() / mount.name);
  }
}

}  // namespace ibuild::containers
