#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>

#include "sandbox/spec/compile_parts.h"

namespace ibuild::builder {
namespace {

struct DeviceNode {
  const char* name;
  unsigned major;
  unsigned minor;
};

constexpr std::array kDevices = {
    DeviceNode{"null", 1, 3},   DeviceNode{"zero", 1, 5},    DeviceNode{"full", 1, 7},
    DeviceNode{"random", 1, 8}, DeviceNode{"urandom", 1, 9}, DeviceNode{"tty", 5, 0},
};

struct DeviceLink {
  const char* name;
  const char* target;
};

constexpr std::array kLinks = {
    DeviceLink{"fd", "/proc/self/fd"},       DeviceLink{"stdin", "/proc/self/fd/0"},
    DeviceLink{"stdout", "/proc/self/fd/1"}, DeviceLink{"stderr", "/proc/self/fd/2"},
    DeviceLink{"ptmx", "pts/ptmx"},
};

constexpr std::uint64_t kDefaultShmSize = 64U << 20;

// A user namespace cannot make device nodes that work, so there the host's appear.
void CompileNodes(bool bind, int dev, SetupList* list) {
  for (const DeviceNode& device : kDevices) {
    if (bind) {
      const int node = list->Clone(AT_FDCWD, std::string("/dev/") + device.name);
      list->File(dev, device.name, 0666);
      list->Attach(node, dev, device.name, kNoLinks);
    } else {
      list->Add({.kind = OpKind::kCharDevice,
                 .at = dev,
                 .mode = S_IFCHR | 0666,
                 .flags = makedev(device.major, device.minor),
                 .path = device.name});
    }
  }
}

void AttachAt(int mount, int dev, const char* name, SetupList* list) {
  list->Directory(dev, name);
  list->Attach(mount, dev, name, kNoLinks);
}

}  // namespace

void CompileDevices(const SandboxSpec& spec, const SetupContext& context, const SetupSlots& slots,
                    SetupList* list) {
  const int dev = list->NewMount("tmpfs", "mode=0755,size=65536k", MOUNT_ATTR_NOSUID);
  list->Attach(dev, slots.root, "dev", kNoLinks);
  CompileNodes(context.facts.in_user_namespace, dev, list);
  for (const DeviceLink& link : kLinks) {
    list->Add({.kind = OpKind::kSymlink, .at = dev, .path = link.name, .data = link.target});
  }
  const int terminals = list->NewMount("devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5",
                                       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  AttachAt(terminals, dev, "pts", list);
  const std::uint64_t shm_size = spec.shm_size.value_or(kDefaultShmSize);
  AttachAt(list->NewMount("tmpfs", "mode=1777,size=" + std::to_string(shm_size), kInert), dev,
           "shm", list);
  AttachAt(list->NewMount("mqueue", "", kInert), dev, "mqueue", list);
}

}  // namespace ibuild::builder
