#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "sandbox/spec/compile_parts.h"
#include "sandbox/spec/device_nodes.h"
#include "support/clean_path.h"

namespace ibuild::builder {
namespace {

constexpr std::uint64_t kDefaultShmSize = 64U << 20;

// Nodes that open are on a file system where nobody can make others: each appears alone in a /dev
// where none opens. A user namespace cannot make nodes that work, so there the host's appear.
void CompileNodes(bool in_user_namespace, const SetupSlots& slots, int dev, SetupList* list) {
  int nodes = -1;
  if (!in_user_namespace) {
    nodes = list->NewMount("tmpfs", "mode=0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    list->Directory(slots.scratch, "nodes");
    list->Attach(nodes, slots.scratch, "nodes", kNoLinks);
  }
  for (const DeviceNode& device : kDeviceNodes) {
    if (!in_user_namespace) {
      list->Add({.kind = OpKind::kCharDevice,
                 .at = nodes,
                 .mode = S_IFCHR | 0666,
                 .flags = makedev(device.major, device.minor),
                 .path = device.name});
    }
    const int node = in_user_namespace ? list->Clone(AT_FDCWD, std::string("/dev/") + device.name)
                                       : list->Clone(nodes, device.name);
    list->File(dev, device.name, 0666);
    list->Attach(node, dev, device.name, kNoLinks);
  }
}

void CompileExtraNodes(const std::vector<DeviceEntry>& devices, int dev, SetupList* list) {
  for (const DeviceEntry& device : devices) {
    const int node = list->Clone(AT_FDCWD, device.source);
    for (std::size_t end = device.name.find('/'); end != std::string::npos;
         end = device.name.find('/', end + 1)) {
      list->MakeTarget(dev, device.name.substr(0, end), true);
    }
    list->File(dev, device.name, 0666);
    list->Attach(node, dev, device.name, kNoLinks);
  }
}

void AttachAt(int mount, int dev, const char* name, SetupList* list) {
  list->Directory(dev, name);
  list->Attach(mount, dev, name, kNoLinks);
}

// Memory that processes share, unless the step has a mount of its own in its place.
void CompileShared(const SandboxSpec& spec, int dev, SetupList* list) {
  const auto replaced = [&](std::string_view target) {
    return std::ranges::any_of(spec.mounts, [&](const MountEntry& mount) {
      return CleanPath::Parse(mount.target).Absolute() == target;
    });
  };
  if (replaced("/dev/shm")) {
    list->Directory(dev, "shm");
  } else {
    const std::uint64_t size = spec.shm_size.value_or(kDefaultShmSize);
    AttachAt(list->NewMount("tmpfs", "mode=1777,size=" + std::to_string(size), kInert), dev, "shm",
             list);
  }
  // One that belongs to others may not be mounted; what is to be seen of it is a mount of its own.
  if (replaced("/dev/mqueue") || spec.traits.share_ipc) {
    list->Directory(dev, "mqueue");
  } else {
    AttachAt(list->NewMount("mqueue", "", kInert), dev, "mqueue", list);
  }
}

// What becomes standard input while nothing but we has a say in where a name leads.
void CompileStreams(const StreamPlan& streams, int dev, int terminals, SetupList* list) {
  if (streams.null_input) list->Add({.kind = OpKind::kNullInput, .at = dev, .path = "null"});
  if (streams.terminal == 0) return;
  list->Add({.kind = OpKind::kTerminal, .at = terminals, .mode = streams.terminal});
  const int console = list->Clone(terminals, "0");
  list->File(dev, "console", 0600);
  list->Attach(console, dev, "console", kNoLinks);
}

}  // namespace

void CompileDevices(const SandboxSpec& spec, const SetupContext& context, const SetupSlots& slots,
                    SetupList* list) {
  const bool insecure = spec.security == SecurityMode::kInsecure;
  const int dev = list->NewMount("tmpfs", "mode=0755,size=65536k",
                                 MOUNT_ATTR_NOSUID | (insecure ? 0 : MOUNT_ATTR_NODEV));
  list->Attach(dev, slots.root, "dev", kNoLinks);
  CompileNodes(context.facts.in_user_namespace, slots, dev, list);
  CompileExtraNodes(spec.traits.devices, dev, list);
  for (const DeviceLink& link : kDeviceLinks) {
    list->Add({.kind = OpKind::kSymlink, .at = dev, .path = link.name, .data = link.target});
  }
  list->Add({.kind = OpKind::kSymlink, .at = dev, .path = "ptmx", .data = "pts/ptmx"});
  std::string options = "newinstance,ptmxmode=0666,mode=0620";
  if (!context.facts.records_owners) options += ",gid=5";
  const int terminals =
      list->NewMount("devpts", std::move(options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  AttachAt(terminals, dev, "pts", list);
  CompileShared(spec, dev, list);
  CompileStreams(context.streams, dev, terminals, list);
}

}  // namespace ibuild::builder
