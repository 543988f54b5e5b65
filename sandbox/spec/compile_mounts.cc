#include <fcntl.h>
#include <fmt/format.h>

#include "sandbox/spec/compile_parts.h"
#include "sandbox/spec/written_layer.h"
#include "support/clean_path.h"
#include "support/recorded_owner.h"

namespace ibuild::builder {
namespace {

constexpr const char* kGeneratedTargets[] = {"etc/hosts", "etc/resolv.conf"};

void AddStub(const CleanPath& path, bool is_directory, StubTree* stubs) {
  for (CleanPath parent = path.Parent(); !parent.IsRoot(); parent = parent.Parent()) {
    (*stubs)[parent.text()] = true;
  }
  stubs->emplace(path.text(), is_directory);
}

// What says the owner where the kernel gives none.
std::string OwnerAttribute(FileOwner owner) {
  if (owner == FileOwner()) return {};
  return fmt::format("{}={}", kOwnerAttribute, FormatOwnerRecord({.owner = owner, .mode = {}}));
}

constexpr const char* kUpperSuffix = "-upper";

// In our scratch directory, and in the one of a view.
std::string NameOfMount(std::size_t mount) { return "mount" + std::to_string(mount); }

// What is mounted, one function per kind. `name` is unique among the mounts of the sandbox.
class MountCompiler {
 public:
  MountCompiler(const SetupSlots& slots, const HostFacts& facts, SetupList* list)
      : slots_(slots),
        user_attributes_(facts.in_user_namespace),
        gives_owners_(!facts.records_owners),
        list_(*list) {}

  int Bind(const BindMount& mount, int source) {
    const CleanPath path = CleanPath::Parse(mount.source);
    if (!path.IsRoot()) source = list_.Resolve(source, path.text(), 0, kInsideRoot);
    return CloneWith(source, MOUNT_ATTR_NODEV | (mount.read_only ? MOUNT_ATTR_RDONLY : 0));
  }

  // `sources` are the layers, top first, then the scratch directory if there is one.
  int Overlay(const OverlayMount& mount, const std::vector<int>& sources, const std::string& name) {
    std::string options = "lowerdir=";
    for (std::size_t i = 0; i < mount.lowers.size(); ++i) {
      options += std::to_string(sources[i]) + ":";
    }
    // overlayfs wants two layers at least; these add nothing.
    options += std::to_string(Empty("empty"));
    if (mount.lowers.empty()) options += ":" + std::to_string(Empty("root"));
    if (mount.writable) {
      options += UpperOptions(mount.scratch.empty() ? slots_.scratch : sources.back(), name);
    }
    options += ",index=off,redirect_dir=nofollow,metacopy=off";
    if (user_attributes_) options += ",userxattr";
    return MountOverlay(mount, name, options);
  }

  int Tmpfs(const TmpfsMount& mount) {
    std::string options = fmt::format("mode={:04o}", mount.mode);
    if (mount.size) options += ",size=" + std::to_string(*mount.size);
    return list_.NewMount("tmpfs", options,
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                              (mount.read_only ? MOUNT_ATTR_RDONLY : 0) |
                              (mount.no_exec ? MOUNT_ATTR_NOEXEC : 0));
  }

  int File(const std::string& name, const MemoryFile& file, int content) {
    list_.Add({.kind = OpKind::kFile,
               .slot = content,
               .at = slots_.scratch,
               .mode = file.mode,
               .flags = gives_owners_ ? std::uint64_t{file.uid} << 32 | file.gid : 0,
               .path = name,
               .data = gives_owners_ ? std::string() : OwnerAttribute({file.uid, file.gid})});
    const int source = list_.Resolve(slots_.scratch, name, 0, kNoLinks);
    const bool executable = (file.mode & 0111) != 0;
    return CloneWith(source, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                 (executable ? 0 : MOUNT_ATTR_NOEXEC));
  }

  int Socket(int source) { return CloneWith(source, kInert); }

 private:
  int CloneWith(int source, std::uint64_t attributes) {
    const int copy = list_.Clone(source);
    list_.Attributes(copy, attributes);
    return copy;
  }

  int Empty(const char* name) { return list_.Resolve(slots_.scratch, name, O_DIRECTORY, kNoLinks); }

  std::string UpperOptions(int at, const std::string& name) {
    const std::string upper = name + kUpperSuffix;
    const std::string work = name + "-work";
    list_.Directory(at, upper);
    list_.Directory(at, work, 0700);
    const int upper_slot = list_.Resolve(at, upper, O_DIRECTORY, kNoLinks);
    const int work_slot = list_.Resolve(at, work, O_DIRECTORY, kNoLinks);
    return fmt::format(",upperdir={},workdir={},volatile", upper_slot, work_slot);
  }

  int MountOverlay(const OverlayMount& mount, const std::string& name, const std::string& options) {
    list_.Directory(slots_.scratch, name);
    const int mount_point = list_.Resolve(slots_.scratch, name, O_DIRECTORY, kNoLinks);
    list_.Overlay(mount_point, options, 0);
    const int merged = list_.Resolve(slots_.scratch, name, O_DIRECTORY, kNoLinks);
    const CleanPath source = CleanPath::Parse(mount.source);
    return CloneWith(
        source.IsRoot() ? merged : list_.Resolve(merged, source.text(), 0, kInsideRoot),
        MOUNT_ATTR_NODEV | (mount.writable ? 0 : MOUNT_ATTR_RDONLY));
  }

  const SetupSlots& slots_;
  bool user_attributes_;
  bool gives_owners_;
  SetupList& list_;
};

void CompileGenerated(const SetupSlots& slots, MountCompiler* compiler, SetupList* list) {
  int content = slots.received;
  for (const char* target : kGeneratedTargets) {
    const std::string name = target + sizeof("etc/") - 1;
    const int file = compiler->File(name, {.content = {}, .mode = 0644}, content++);
    list->MakeTarget(slots.root, target, false);
    list->Attach(file, slots.root, target, kInsideRoot);
  }
}

}  // namespace

std::optional<std::filesystem::path> WrittenLayer(const SandboxSpec& spec, std::size_t mount) {
  const auto* view = std::get_if<OverlayMount>(&spec.mounts[mount].what);
  if (view == nullptr || !view->writable || view->scratch.empty()) return std::nullopt;
  std::filesystem::path layer = view->scratch / (NameOfMount(mount) + kUpperSuffix);
  if (!std::filesystem::is_directory(layer)) return std::nullopt;
  return layer;
}

bool IsBelow(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

std::vector<MountTarget> MountTargets(const SandboxSpec& spec, const SetupContext& context) {
  std::vector<MountTarget> targets;
  for (const char* target : kGeneratedTargets) targets.push_back({target, false});
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const std::string& target = spec.mounts[i].target;
    // What lies in another mount, or in our /dev, is made there.
    bool nested = IsBelow(target, "/dev");
    for (std::size_t before = 0; before < i; ++before) {
      nested = nested || IsBelow(target, spec.mounts[before].target);
    }
    if (!nested) targets.push_back({target, context.mount_is_directory[i]});
  }
  return targets;
}

StubTree PlanStubs(const SandboxSpec& spec, const SetupContext& context) {
  StubTree stubs = {{"dev", true}, {"proc", true}, {"sys", true}};
  for (const MountTarget& target : MountTargets(spec, context)) {
    AddStub(CleanPath::Parse(target.path), target.is_directory, &stubs);
  }
  return stubs;
}

void CompileSources(const SandboxSpec& spec, SetupSlots* slots, SetupList* list) {
  for (const MountEntry& entry : spec.mounts) {
    std::vector<int>& sources = slots->sources.emplace_back();
    if (const auto* bind = std::get_if<BindMount>(&entry.what)) {
      sources.push_back(list->OpenHost(bind->source_root.string()));
    } else if (const auto* socket = std::get_if<SocketMount>(&entry.what)) {
      sources.push_back(list->OpenHost(socket->socket.string()));
    } else if (const auto* overlay = std::get_if<OverlayMount>(&entry.what)) {
      for (auto layer = overlay->lowers.rbegin(); layer != overlay->lowers.rend(); ++layer) {
        sources.push_back(list->OpenHost(layer->string(), O_DIRECTORY));
      }
      if (overlay->scratch.empty()) continue;
      sources.push_back(list->OpenHost(overlay->scratch.string(), O_DIRECTORY));
    }
  }
}

void CompileMounts(const SandboxSpec& spec, const SetupContext& context, const SetupSlots& slots,
                   SetupList* list) {
  MountCompiler compiler(slots, context.facts, list);
  CompileGenerated(slots, &compiler, list);
  int content = slots.received + static_cast<int>(std::size(kGeneratedTargets));
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const MountEntry& entry = spec.mounts[i];
    const std::vector<int>& sources = slots.sources[i];
    const std::string name = NameOfMount(i);
    int mount = -1;
    if (const auto* bind = std::get_if<BindMount>(&entry.what)) {
      mount = compiler.Bind(*bind, sources.front());
    } else if (const auto* overlay = std::get_if<OverlayMount>(&entry.what)) {
      mount = compiler.Overlay(*overlay, sources, name);
    } else if (const auto* tmpfs = std::get_if<TmpfsMount>(&entry.what)) {
      mount = compiler.Tmpfs(*tmpfs);
    } else if (const auto* file = std::get_if<MemoryFile>(&entry.what)) {
      mount = compiler.File(name, *file, content++);
    } else {
      mount = compiler.Socket(sources.front());
    }
    const std::string target = CleanPath::Parse(entry.target).text();
    list->MakeTarget(slots.root, target, context.mount_is_directory[i]);
    list->Attach(mount, slots.root, target, kInsideRoot);
  }
}

}  // namespace ibuild::builder
