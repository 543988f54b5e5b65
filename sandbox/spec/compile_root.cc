#include <fcntl.h>
#include <sys/mount.h>

#include "sandbox/spec/compile_parts.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

std::string JoinSlots(const std::vector<int>& slots) {
  std::string joined;
  for (int slot : slots) joined += (joined.empty() ? "" : ":") + std::to_string(slot);
  return joined;
}

// Missing mount points show through from a layer of our own below all others: nothing is ever made
// in the upper directory for them, and the image's own directories keep their times.
int CompileStubLayer(const StubTree& stubs, int scratch, SetupList* list) {
  list->Directory(scratch, "stub");
  const int stub = list->Resolve(scratch, "stub", O_DIRECTORY, kNoLinks);
  for (const auto& [path, is_directory] : stubs) {
    if (is_directory) {
      list->Directory(stub, path);
    } else {
      list->File(stub, path, 0644);
    }
  }
  return stub;
}

// A layer on top of the image, for mount points that it hides. Times last: entries change them.
int CompileSurface(const std::vector<SurfaceEntry>& surface, int scratch, SetupList* list) {
  list->Directory(scratch, "surface");
  const int layer = list->Resolve(scratch, "surface", O_DIRECTORY, kNoLinks);
  for (const SurfaceEntry& entry : surface) {
    list->Add({.kind = entry.is_directory ? OpKind::kDirectory : OpKind::kFile,
               .at = layer,
               .mode = entry.mode,
               .flags = std::uint64_t{entry.uid} << 32 | entry.gid,
               .path = entry.path});
  }
  for (auto entry = surface.rbegin(); entry != surface.rend(); ++entry) {
    list->Add({.kind = OpKind::kTime,
               .at = layer,
               .mode = entry->nanoseconds,
               .flags = static_cast<std::uint64_t>(entry->seconds),
               .path = entry->path});
  }
  return layer;
}

struct RootSlots {
  std::vector<int> lowers;  // top first
  int upper = -1;
  int work = -1;
};

RootSlots OpenLayers(const OverlayRoot& root, SetupList* list) {
  RootSlots slots;
  for (auto layer = root.lowers.rbegin(); layer != root.lowers.rend(); ++layer) {
    slots.lowers.push_back(list->OpenHost(layer->string(), O_DIRECTORY));
  }
  if (!root.upper.empty()) {
    slots.upper = list->OpenHost(root.upper.string(), O_DIRECTORY);
    slots.work = list->OpenHost(root.work.string(), O_DIRECTORY);
  }
  return slots;
}

// The upper directory stays a plain one that can be read back as a layer: no redirects, no
// metadata-only copies. Nor are marks of that kind obeyed in layers that somebody else made.
// Nothing is synced: a step that is cut off is thrown away.
std::string OverlayOptions(const RootSlots& slots, bool user_attributes) {
  std::string options = "lowerdir=" + JoinSlots(slots.lowers);
  if (slots.upper >= 0) {
    options += ",upperdir=" + std::to_string(slots.upper) +
               ",workdir=" + std::to_string(slots.work) + ",volatile";
  }
  options += ",index=off,redirect_dir=nofollow,metacopy=off";
  if (user_attributes) options += ",userxattr";
  return options;
}

// No device node of an image can be opened, which is what a device control group would be for.
std::uint64_t OverlayFlags(const SandboxSpec& spec) {
  std::uint64_t flags = spec.security == SecurityMode::kInsecure ? 0 : MS_NODEV;
  if (spec.root.upper.empty() || spec.traits.read_only_root) flags |= MS_RDONLY;
  return flags;
}

void CompileOverlay(const SandboxSpec& spec, const SetupContext& context, RootSlots layers,
                    const SetupSlots& slots, SetupList* list) {
  if (!context.surface.empty()) {
    layers.lowers.insert(layers.lowers.begin(),
                         CompileSurface(context.surface, slots.scratch, list));
  }
  layers.lowers.push_back(CompileStubLayer(PlanStubs(spec, context), slots.scratch, list));
  if (layers.lowers.size() == 1) {  // overlayfs wants two without an upper directory
    layers.lowers.push_back(list->Resolve(slots.scratch, "empty", O_DIRECTORY, kNoLinks));
  }
  const int mount_point = list->Resolve(slots.scratch, "root", O_DIRECTORY, kNoLinks);
  list->Overlay(mount_point, OverlayOptions(layers, context.facts.in_user_namespace),
                OverlayFlags(spec));
}

// A plain directory: its mount points are there already.
void CompileTree(const SandboxSpec& spec, int tree, SetupSlots* slots, SetupList* list) {
  const int mount = list->Clone(tree);
  if (spec.security != SecurityMode::kInsecure) list->Attributes(mount, MOUNT_ATTR_NODEV);
  list->Attach(mount, slots->scratch, "root", kNoLinks);
}

}  // namespace

void CompileRoot(const SandboxSpec& spec, const SetupContext& context, SetupSlots* slots,
                 SetupList* list) {
  const int attach_point = list->OpenHost(AttachPoint(spec.root), O_DIRECTORY);
  const bool is_tree = IsTree(spec.root);
  const int tree = is_tree ? list->OpenHost(TreeOf(spec.root).string(), O_DIRECTORY) : -1;
  RootSlots layers = OpenLayers(spec.root, list);
  CompileSources(spec, slots, list);
  slots->scratch = list->NewMount("tmpfs", "mode=0700", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  list->Attach(slots->scratch, attach_point, "", 0);
  list->Directory(slots->scratch, "empty");
  list->Directory(slots->scratch, "root");
  if (is_tree) {
    CompileTree(spec, tree, slots, list);
  } else {
    CompileOverlay(spec, context, std::move(layers), *slots, list);
  }
  slots->root = list->Resolve(slots->scratch, "root", O_DIRECTORY, kNoLinks);
  list->Add({.kind = OpKind::kReportRoot, .at = slots->root});
}

}  // namespace ibuild::builder
