#include "sandbox/spec/compile_setup.h"

#include <sched.h>
#include <sys/mount.h>

#include <variant>

#include "sandbox/spec/compile_parts.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

// /etc/hosts and /etc/resolv.conf.
constexpr int kGeneratedFiles = 2;

int CountReceived(const SandboxSpec& spec) {
  int count = kGeneratedFiles;
  for (const MountEntry& mount : spec.mounts) {
    if (std::holds_alternative<MemoryFile>(mount.what)) ++count;
  }
  return count;
}

void EnterNamespaces(const SetupContext& context, SetupList* list) {
  // Slave, not private: an unmount on the host reaches us, nothing of ours reaches the host.
  list->Add({.kind = OpKind::kPropagation, .flags = MS_REC | MS_SLAVE});
  // Now that we sit in our control group, so that it is the root of what the command sees.
  list->Add({.kind = OpKind::kUnshare, .flags = CLONE_NEWCGROUP});
  if (context.network.attachment != Attachment::kNever) {
    list->Add({.kind = OpKind::kReportNetwork});
  }
}

void CheckTargets(const SandboxSpec& spec) {
  for (const MountEntry& mount : spec.mounts) {
    if (mount.target.empty() || mount.target.front() != '/' || mount.target == "/") {
      throw Error(ErrorKind::kInvalidInput, "invalid mount target \"" + mount.target + "\"")
          .WithHint("a mount target is an absolute path other than /");
    }
    for (const char* kernel : {"/proc", "/sys"}) {
      if (mount.target != kernel && !IsBelow(mount.target, kernel)) continue;
      throw Error(ErrorKind::kInvalidInput, "mount target " + mount.target + " is inside " + kernel)
          .WithHint("/proc and /sys show the sandbox itself; mount somewhere else");
    }
  }
}

}  // namespace

std::vector<SetupOp> CompileSetup(const SandboxSpec& spec, const SetupContext& context) {
  CheckTargets(spec);
  SetupList list;
  SetupSlots slots;
  slots.received = list.Receive(CountReceived(spec));
  EnterNamespaces(context, &list);
  CompileRoot(spec, context, &slots, &list);
  CompileDevices(spec, context, slots, &list);
  CompileKernelFiles(spec, context, slots, &list);
  CompileMounts(spec, context, slots, &list);
  list.Add({.kind = OpKind::kPivot, .at = slots.root});
  if (!spec.traits.share_uts && context.facts.own_host_name) {
    list.Add({.kind = OpKind::kHostName, .path = spec.hostname});
  }
  if (context.network.own_namespace) list.Add({.kind = OpKind::kLoopback});
  return std::move(list).Take();
}

OverlayRoot TreeRoot(const std::filesystem::path& directory) {
  return {.lowers = {}, .upper = {}, .work = directory};
}

bool IsTree(const OverlayRoot& root) {
  return root.lowers.empty() && root.upper.empty() && !root.work.empty();
}

std::filesystem::path TreeOf(const OverlayRoot& root) { return root.work; }

std::string AttachPoint(const OverlayRoot& root) {
  if (IsTree(root)) return TreeOf(root).string();
  if (!root.upper.empty()) return root.upper.string();
  if (!root.lowers.empty()) return root.lowers.back().string();
  throw Error(ErrorKind::kInvalidInput, "the root file system has no layers");
}

}  // namespace ibuild::builder
