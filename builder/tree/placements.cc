#include "builder/tree/placements.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <utility>

#include "builder/tree/place_node.h"
#include "layers/tree/layered_tree.h"
#include "layers/tree/read_tree.h"
#include "sandbox/network/network_files.h"
#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/device_nodes.h"
#include "sandbox/spec/sources.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

std::string LeafOf(const CleanPath& path) { return std::string(path.Name()); }

UnixTime ToUnixTime(const timespec& time) {
  return {time.tv_sec, static_cast<std::int32_t>(time.tv_nsec)};
}

void CopyTree(const layers::LayeredTree& from, const layers::TreeNode& node, const RootedDir& to,
              const CleanPath& path) {
  PlaceNode(from, node, to, path);
  if (node.meta.type != layers::FileType::kDirectory) return;
  for (const layers::TreeNode& child : from.List(node.path)) {
    CopyTree(from, child, to, path.Child(child.path.Name()));
  }
  SetDirectoryTime(to, path, node.meta.mtime);
}

void CopyInto(const RootedDir& to, const std::vector<std::filesystem::path>& layers,
              const std::string& source, const CleanPath& path) {
  const layers::LayeredTree from(layers);
  const auto node = from.Find(from.Resolve(CleanPath::Parse(source)));
  if (!node) throw MissingSource(source);
  CopyTree(from, *node, to, path);
}

}  // namespace

Placements::Placements(PrivateTree& tree)
    : tree_(tree), root_(RootedDir::Open(tree.path().native())) {}

Placements::~Placements() {
  try {
    Undo();
  } catch (const Error&) {  // the tree is thrown away with the step that failed
  }
}

CleanPath Placements::Resolve(const std::string& target) const {
  return layers::LayeredTree({tree_.path()}).Resolve(CleanPath::Parse(target));
}

void Placements::RememberTime(const CleanPath& directory) {
  const auto state = root_.StatIfExists(directory);
  if (state) times_.emplace(directory, Times{.before = state->st_mtim, .placed = {}});
}

void Placements::MakeDirectory(const CleanPath& path) {
  RememberTime(path.Parent());
  const UniqueFd parent = root_.OpenParent(path);
  if (::mkdirat(parent.get(), LeafOf(path).c_str(), 0755) != 0) {
    ThrowErrno("make " + path.Absolute());
  }
  undo_.emplace_back([this, path] {
    const UniqueFd directory = root_.OpenParent(path);
    // What the step put into it stays, and the directory with it.
    ::unlinkat(directory.get(), LeafOf(path).c_str(), AT_REMOVEDIR);
  });
}

void Placements::MakeParents(const CleanPath& path) {
  CleanPath reached;
  const CleanPath parent = path.Parent();
  for (const std::string_view element : parent.Elements()) {
    reached = reached.Child(element);
    if (!root_.StatIfExists(reached)) MakeDirectory(reached);
  }
}

void Placements::MakeRoom(const CleanPath& path) {
  MakeParents(path);
  RememberTime(path.Parent());
  const std::filesystem::path stash = tree_.NewStash() / "it";
  const UniqueFd parent = root_.OpenParent(path);
  const bool moved = ::renameat(parent.get(), LeafOf(path).c_str(), AT_FDCWD, stash.c_str()) == 0;
  if (!moved && errno != ENOENT) ThrowErrno("set " + path.Absolute() + " aside");
  undo_.emplace_back([this, path, stash, moved] {
    RemoveAt(root_, path);
    const UniqueFd directory = root_.OpenParent(path);
    if (moved && ::renameat(AT_FDCWD, stash.c_str(), directory.get(), LeafOf(path).c_str()) != 0) {
      ThrowErrno("put " + path.Absolute() + " back");
    }
  });
}

bool Placements::CopyViews(SandboxSpec* spec, bool all) {
  bool any = false;
  for (MountEntry& mount : spec->mounts) {
    const auto* view = std::get_if<OverlayMount>(&mount.what);
    if (view == nullptr || (!view->writable && !all)) continue;
    mount.what = CopyOf(*view);
    any = true;
  }
  return any;
}

BindMount Placements::CopyOf(const OverlayMount& view) {
  const std::filesystem::path stash = tree_.NewStash();
  undo_.emplace_back([stash] { RemoveTree(stash); });
  CopyInto(RootedDir::Open(stash.native()), view.lowers, view.source, CleanPath::Parse("it"));
  return {.source_root = stash, .source = "it", .read_only = !view.writable};
}

void Placements::MakeMountPoints(const SandboxSpec& spec) {
  SetupContext context;
  context.mount_is_directory = FindMountKinds(spec);
  std::vector<MountTarget> targets = MountTargets(spec, context);
  for (const char* own : {"dev", "proc", "sys"}) targets.push_back({own, true});
  for (const SurfaceEntry& entry : FindMissingTargets(root_, targets)) {
    const CleanPath path = CleanPath::Parse(entry.path);
    if (root_.StatIfExists(path)) continue;
    if (entry.is_directory) {
      MakeDirectory(path);
    } else {
      MakeRoom(path);
      PutFile(path, "", {.content = {}, .mode = 0644});
    }
  }
  NoteTimes();
}

void Placements::PutAll(const SandboxSpec& spec) {
  PutDevices();
  const std::string resolver = ResolvConf(ReadFileIfExists("/etc/resolv.conf").value_or(""));
  const MemoryFile looks{.content = {}, .mode = 0644};
  const CleanPath hosts = Resolve("/etc/hosts");
  MakeRoom(hosts);
  PutFile(hosts, HostsFile(spec.hostname, spec.extra_hosts), looks);
  const CleanPath names = Resolve("/etc/resolv.conf");
  MakeRoom(names);
  PutFile(names, resolver, looks);
  for (const MountEntry& mount : spec.mounts) {
    const CleanPath path = Resolve(mount.target);
    MakeRoom(path);
    Put(path, mount);
  }
  NoteTimes();
}

// Nodes that the kernel refuses are left out: a step that needs none of them still runs.
void Placements::PutDevices() {
  const CleanPath dev = CleanPath::Parse("dev");
  MakeRoom(dev);
  if (::mkdirat(root_.fd(), "dev", 0755) != 0) ThrowErrno("make /dev");
  const UniqueFd directory = root_.OpenAt(dev, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (const DeviceNode& node : kDeviceNodes) {
    ::mknodat(directory.get(), node.name, S_IFCHR | 0666, makedev(node.major, node.minor));
    ::fchmodat(directory.get(), node.name, 0666, 0);
  }
  for (const DeviceLink& link : kDeviceLinks) {
    ::symlinkat(link.target, directory.get(), link.name);
  }
  ::mkdirat(directory.get(), "shm", 0777);
  ::fchmodat(directory.get(), "shm", 01777, 0);
}

void Placements::PutFile(const CleanPath& path, const std::string& content,
                         const MemoryFile& looks) {
  const UniqueFd parent = root_.OpenParent(path);
  const UniqueFd file(::openat(parent.get(), LeafOf(path).c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) ThrowErrno("create " + path.Absolute());
  WriteAll(file.get(), content);
  if (::fchown(file.get(), looks.uid, looks.gid) != 0 && (looks.uid != 0 || looks.gid != 0)) {
    ThrowErrno("own " + path.Absolute());
  }
  if (::fchmod(file.get(), looks.mode) != 0) ThrowErrno("set mode of " + path.Absolute());
}

void Placements::Put(const CleanPath& path, const MountEntry& mount) {
  const UniqueFd parent = root_.OpenParent(path);
  if (const auto* bind = std::get_if<BindMount>(&mount.what)) return PutBind(path, *bind);
  if (const auto* overlay = std::get_if<OverlayMount>(&mount.what)) {
    return CopyIn(overlay->lowers, overlay->source, path);
  }
  if (const auto* file = std::get_if<MemoryFile>(&mount.what)) {
    return PutFile(path, std::string(file->content.Reveal()), *file);
  }
  if (const auto* socket = std::get_if<SocketMount>(&mount.what)) {
    if (::linkat(AT_FDCWD, socket->socket.c_str(), parent.get(), LeafOf(path).c_str(), 0) != 0) {
      ThrowErrno("show a socket at " + path.Absolute());
    }
    return;
  }
  if (::mkdirat(parent.get(), LeafOf(path).c_str(), 0700) != 0 ||
      ::fchmodat(parent.get(), LeafOf(path).c_str(), 01777, 0) != 0) {
    ThrowErrno("make " + path.Absolute());
  }
}

// What may be written is the thing itself, moved; what may only be read is a copy.
void Placements::PutBind(const CleanPath& path, const BindMount& mount) {
  if (mount.read_only) return CopyIn({mount.source_root}, mount.source, path);
  const std::filesystem::path source =
      mount.source.empty() ? mount.source_root
                           : mount.source_root / CleanPath::Parse(mount.source).text();
  const UniqueFd parent = root_.OpenParent(path);
  if (::renameat(AT_FDCWD, source.c_str(), parent.get(), LeafOf(path).c_str()) != 0) {
    throw ErrnoError("move what is mounted to " + path.Absolute(), errno)
        .WithHint("without namespaces only what is in the store can be mounted to be written");
  }
  undo_.emplace_back([this, path, source] {
    const UniqueFd directory = root_.OpenParent(path);
    if (::renameat(directory.get(), LeafOf(path).c_str(), AT_FDCWD, source.c_str()) != 0) {
      ThrowErrno("move " + path.Absolute() + " back");
    }
  });
}

void Placements::CopyIn(const std::vector<std::filesystem::path>& layers, const std::string& source,
                        const CleanPath& path) {
  CopyInto(root_, layers, source, path);
}

void Placements::NoteTimes() {
  for (auto& [path, times] : times_) {
    if (const auto state = root_.StatIfExists(path)) times.placed = state->st_mtim;
  }
}

void Placements::Undo() {
  std::map<CleanPath, timespec> found;
  for (const auto& [path, times] : times_) {
    if (const auto state = root_.StatIfExists(path)) found.emplace(path, state->st_mtim);
  }
  while (!undo_.empty()) {
    const auto step = std::move(undo_.back());
    undo_.pop_back();
    step();
  }
  RestoreTimes(found);
  times_.clear();
}

void Placements::RestoreTimes(const std::map<CleanPath, timespec>& found) {
  for (const auto& [path, times] : times_) {
    const auto state = root_.StatIfExists(path);
    const auto seen = found.find(path);
    if (!state || !S_ISDIR(state->st_mode) || seen == found.end()) continue;
    const bool untouched = ToUnixTime(seen->second) == ToUnixTime(times.placed);
    SetDirectoryTime(root_, path, ToUnixTime(untouched ? times.before : seen->second));
  }
}

}  // namespace ibuild::builder
