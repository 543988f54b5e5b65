// /proc and /sys as the command may see them. The masked and read-only paths are those that
// containers have everywhere (OCI runtime-spec, config-linux.md "Masked Paths"): they tell about
// or steer the whole machine, whatever namespace one is in.
#include <fcntl.h>

#include <array>

#include "sandbox/spec/compile_parts.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::array kMaskedProc = {
    "acpi",          "asound",      "interrupts", "kcore",      "keys",
    "latency_stats", "sched_debug", "scsi",       "timer_list", "timer_stats",
};
constexpr std::array kReadOnlyProc = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
constexpr std::array kMaskedSys = {"firmware", "devices/virtual/powercap"};

struct Covers {
  int directory;
  int file;
};

void Cover(const Covers& covers, int at, std::string path, SetupList* list) {
  list->Add({.kind = OpKind::kCoverIfExists,
             .slot = covers.directory,
             .at = at,
             .mode = static_cast<std::uint32_t>(covers.file),
             .path = std::move(path)});
}

// The kernel refuses a new procfs where the visible one is partly covered (in a container); then
// the outer one has to do, whose process ids are not ours.
int CompileProc(bool fresh, int root, SetupList* list) {
  int proc = -1;
  if (fresh) {
    proc = list->NewMount("proc", "", kInert);
  } else {
    proc = list->Clone(AT_FDCWD, "/proc", AT_RECURSIVE);
    list->Attributes(proc, kInert, true);
  }
  list->Attach(proc, root, "proc", kNoLinks);
  return proc;
}

// sysfs shows a network namespace, and only its owner may mount it.
int CompileSys(const SandboxSpec& spec, const SetupContext& context, int root, SetupList* list) {
  const bool insecure = spec.security == SecurityMode::kInsecure;
  const std::uint64_t attributes = kInert | (insecure ? 0 : MOUNT_ATTR_RDONLY);
  int sys = -1;
  const bool owned = context.network.own_namespace || !context.facts.in_user_namespace;
  if (owned && context.facts.fresh_proc) {
    sys = list->NewMount("sysfs", "", attributes);
  } else {
    sys = list->Clone(AT_FDCWD, "/sys", AT_RECURSIVE);
    list->Attributes(sys, attributes, true);
  }
  list->Attach(sys, root, "sys", kNoLinks);
  return sys;
}

// Where programs look for their limits, each hierarchy in a directory of its name.
void CompileOlderGroups(const std::vector<std::string>& hierarchies, int sys, SetupList* list) {
  const int directory = list->NewMount("tmpfs", "mode=0755", kInert);
  list->Attach(directory, sys, "fs/cgroup", kNoLinks);
  for (const std::string& controllers : hierarchies) {
    list->Directory(directory, controllers);
    const int view = list->NewMount("cgroup", controllers, kInert | MOUNT_ATTR_RDONLY);
    list->Attach(view, directory, controllers, kNoLinks);
    if (controllers.find(',') == std::string::npos) continue;
    for (const std::string_view name : Split(controllers, ',')) {
      list->Add({.kind = OpKind::kSymlink,
                 .at = directory,
                 .path = std::string(name),
                 .data = controllers});
    }
  }
  list->Attributes(directory, MOUNT_ATTR_RDONLY);
}

void CompileControlGroups(const SetupContext& context, const Covers& covers, int sys,
                          SetupList* list) {
  if (!context.older_cgroups.empty()) return CompileOlderGroups(context.older_cgroups, sys, list);
  if (!context.facts.cgroup2_view) return Cover(covers, sys, "fs/cgroup", list);
  const int view = list->NewMount("cgroup2", "", kInert | MOUNT_ATTR_RDONLY);
  list->Attach(view, sys, "fs/cgroup", kNoLinks);
}

}  // namespace

void CompileKernelFiles(const SandboxSpec& spec, const SetupContext& context,
                        const SetupSlots& slots, SetupList* list) {
  const int proc = CompileProc(context.facts.fresh_proc, slots.root, list);
  const int sys = CompileSys(spec, context, slots.root, list);
  // The cover is a node in the /dev that we made: the image's own could lead anywhere.
  const Covers covers = {list->Resolve(slots.scratch, "empty", O_DIRECTORY, kNoLinks),
                         list->Resolve(slots.root, "dev/null", 0, kNoLinks)};
  CompileControlGroups(context, covers, sys, list);
  if (spec.security == SecurityMode::kInsecure) return;
  for (const char* path : kMaskedProc) Cover(covers, proc, path, list);
  for (const char* path : kMaskedSys) Cover(covers, sys, path, list);
  for (const std::string& path : context.facts.covered_system_paths) {
    Cover(covers, sys, path, list);
  }
  for (const char* path : kReadOnlyProc) {
    list->Add({.kind = OpKind::kReadOnlyIfExists, .at = proc, .path = path});
  }
}

}  // namespace ibuild::builder
