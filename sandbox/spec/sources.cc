#include "sandbox/spec/sources.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sandbox/network/network_files.h"
#include "sandbox/spec/program.h"
#include "support/error.h"
#include "support/files.h"
#include "support/rooted_dir.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

bool IsDirectory(const UniqueFd& file) {
  struct stat state {};
  return fstat(file.get(), &state) == 0 && S_ISDIR(state.st_mode);
}

bool IsDirectorySource(const BindMount& mount) {
  const CleanPath source = CleanPath::Parse(mount.source);
  const UniqueFd root = OpenFile(mount.source_root, O_PATH);
  if (source.IsRoot()) return IsDirectory(root);
  const auto found = RootedDir(root.Duplicate()).OpenIfExists(source, O_PATH);
  if (!found) throw MissingSource(mount.source);
  return IsDirectory(*found);
}

// A guess: the merged view is not there yet, and a link in one layer may lead into another.
bool IsDirectorySource(const OverlayMount& mount) {
  const CleanPath source = CleanPath::Parse(mount.source);
  for (auto layer = mount.lowers.rbegin(); layer != mount.lowers.rend(); ++layer) {
    const auto found = RootedDir::Open(layer->string()).OpenIfExists(source, O_PATH);
    if (found) return IsDirectory(*found);
  }
  return false;
}

}  // namespace

Error MissingSource(const std::string& source) {
  return Error(ErrorKind::kNotFound, "mount source " + Quote(source) + " does not exist")
      .WithHint("check the path: it is relative to what from= names, the build context by default");
}

std::vector<bool> FindMountKinds(const SandboxSpec& spec) {
  std::vector<bool> kinds;
  for (const MountEntry& mount : spec.mounts) {
    if (const auto* bind = std::get_if<BindMount>(&mount.what)) {
      kinds.push_back(IsDirectorySource(*bind));
    } else if (const auto* overlay = std::get_if<OverlayMount>(&mount.what)) {
      kinds.push_back(IsDirectorySource(*overlay));
    } else {
      kinds.push_back(std::holds_alternative<TmpfsMount>(mount.what));
    }
  }
  return kinds;
}

std::vector<UniqueFd> MakeContents(const SandboxSpec& spec, const std::string& resolv_conf) {
  std::vector<UniqueFd> contents;
  contents.push_back(MakeMemoryFile("hosts", HostsFile(spec.hostname, spec.extra_hosts)));
  contents.push_back(MakeMemoryFile("resolv.conf", resolv_conf));
  for (const MountEntry& mount : spec.mounts) {
    if (const auto* file = std::get_if<MemoryFile>(&mount.what)) {
      contents.push_back(MakeMemoryFile("file", file->content.Reveal()));
    }
  }
  return contents;
}

}  // namespace ibuild::builder
