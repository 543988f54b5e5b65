#include "sandbox/process/attempt.h"

#include <sched.h>

#include <cerrno>
#include <utility>

#include "sandbox/host/host_facts.h"
#include "sandbox/spec/missing_targets.h"
#include "sandbox/spec/sources.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

// The kernel refuses fresh kernel file systems where the visible ones are partly covered.
bool IsRefusedKernelMount(const SetupFault& fault) {
  return fault.op.kind == OpKind::kNewMount && fault.error_number == EPERM &&
         (fault.op.path == "proc" || fault.op.path == "sysfs");
}

// Podman's default profile lets everybody make namespaces and nobody name them.
bool IsRefusedHostName(const SetupFault& fault) {
  return fault.op.kind == OpKind::kHostName && fault.error_number == EPERM;
}

// A file was taken for a directory or the other way round, which is only known once the layers of
// a view are merged.
bool CorrectKind(const SandboxSpec& spec, const SetupFault& fault, SetupContext* context) {
  const bool mismatch = fault.error_number == ENOTDIR || fault.error_number == EINVAL;
  if (fault.op.kind != OpKind::kAttach || !mismatch) return false;
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const MountEntry& entry = spec.mounts[i];
    if (!std::holds_alternative<OverlayMount>(entry.what) || context->kind_corrected[i] ||
        CleanPath::Parse(entry.target).text() != fault.op.path) {
      continue;
    }
    context->kind_corrected[i] = true;
    context->mount_is_directory[i] = !context->mount_is_directory[i];
    return true;
  }
  return false;
}

}  // namespace

std::uint64_t NamespacesOf(const SandboxSpec& spec, const NetworkPlan& network) {
  const auto unless = [](bool shared, std::uint64_t flag) { return shared ? 0 : flag; };
  return CLONE_NEWNS | unless(spec.traits.share_pids, CLONE_NEWPID) |
         unless(spec.traits.share_ipc, CLONE_NEWIPC) | unless(spec.traits.share_uts, CLONE_NEWUTS) |
         unless(!network.own_namespace, CLONE_NEWNET);
}

SetupContext MakeContext(const SandboxSpec& spec, HostFacts facts, const NetworkPlan& network) {
  return {.facts = std::move(facts),
          .network = network,
          .streams = {},
          .older_cgroups = {},
          .mount_is_directory = FindMountKinds(spec),
          .kind_corrected = std::vector<bool>(spec.mounts.size()),
          .surface = {}};
}

std::uint32_t DomainFlags(const SandboxSpec& spec, const SetupContext& context) {
  std::uint32_t flags = 0;
  if (!context.network.own_namespace && spec.security != SecurityMode::kInsecure) {
    flags |= wire::kScoped;
  }
  if (context.facts.fresh_proc) return flags;
  if (CanIsolateProcesses()) return flags | wire::kIsolated;
  if (spec.shared_proc_allowed) return flags;
  throw Error(ErrorKind::kUnsupported,
              "the kernel refuses a /proc of the step's own here, and in the one that is there it "
              "would reach other steps and their secrets")
      .WithHint(
          "in a container: run it with --security-opt systempaths=unconfined (Docker) or "
          "procMount: "
          "Unmasked (Kubernetes); Linux 5.19 with Landlock isolates steps as well; if all that "
          "runs "
          "here may see each other's secrets: --allow shared-proc");
}

void RenewWorkDirectory(const OverlayRoot& root) {
  if (root.work.empty() || IsTree(root)) return;
  RemoveTree(root.work);
  MakeDirectories(root.work);
}

bool Adapt(const SandboxSpec& spec, const SetupFault& fault, SetupContext* context) {
  if (IsRefusedKernelMount(fault) && context->facts.fresh_proc) {
    context->facts.fresh_proc = false;
  } else if (IsRefusedHostName(fault) && context->facts.own_host_name) {
    context->facts.own_host_name = false;
  } else if (fault.op.kind == OpKind::kMakeTarget && fault.error_number == wire::kMissingTarget &&
             fault.root && context->surface.empty()) {
    context->surface = FindMissingTargets(*fault.root, MountTargets(spec, *context));
    if (context->surface.empty()) return false;
  } else if (!CorrectKind(spec, fault, context)) {
    return false;
  }
  RenewWorkDirectory(spec.root);
  return true;
}

}  // namespace ibuild::builder
