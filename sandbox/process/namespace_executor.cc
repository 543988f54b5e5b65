#include "sandbox/process/namespace_executor.h"

#include <fmt/format.h>
#include <sched.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "sandbox/host/cgroup.h"
#include "sandbox/host/host_facts.h"
#include "sandbox/network/network.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/refusals.h"
#include "sandbox/process/sandbox_session.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/spec/missing_targets.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/sources.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

std::uint64_t Namespaces(const NetworkPlan& network) {
  return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
         (network.own_namespace ? CLONE_NEWNET : 0);
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

StepCgroup MakeCgroup(const ResourceLimits& limits) {
  return limits.Any() ? StepCgroup::Create(limits, FindCgroupHost()) : StepCgroup();
}

// A group knows the peak of all processes together; without one, there is that of the largest.
ResourceUsage SumUp(const ProcessEnd& end, const CgroupUsage& group,
                    std::chrono::nanoseconds wall) {
  return {.wall = wall,
          .cpu_user = end.cpu_user,
          .cpu_system = end.cpu_system,
          .peak_memory = group.peak_memory != 0 ? group.peak_memory : end.largest_process,
          .oom_kills = group.oom_kills};
}

// The kernel refuses fresh kernel file systems where the visible ones are partly covered.
bool IsRefusedKernelMount(const SetupFault& fault) {
  return fault.op.kind == OpKind::kNewMount && fault.error_number == EPERM &&
         (fault.op.path == "proc" || fault.op.path == "sysfs");
}

// A used work directory of a volatile overlay is not taken again (overlayfs documentation,
// "Volatile mount"); what is in it is nobody's.
void RenewWorkDirectory(const OverlayRoot& root) {
  if (root.work.empty() || IsTree(root)) return;
  RemoveTree(root.work);
  MakeDirectories(root.work);
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

// What of others a step is fenced off from by a domain, having no namespace for it.
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

Error NoEmulation() {
  return Error(ErrorKind::kUnsupported,
               "the calls of a step cannot be watched here, which it takes "
               "to let it change owners")
      .WithHint(
          "another filter with a listener is in force; start ibuild outside of it, or give "
          "the user subordinate ids (`ibuild doctor` says how)");
}

// Whether the sandbox can be made in another way than the one that failed.
bool Adapt(const SandboxSpec& spec, const SetupFault& fault, SetupContext* context) {
  if (IsRefusedKernelMount(fault) && context->facts.fresh_proc) {
    context->facts.fresh_proc = false;
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

}  // namespace

ExecutionResult NamespaceExecutor::RunOnce(const SandboxSpec& spec, const ProcessIo& io,
                                           SetupContext context, std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  CommandStreams streams(io);
  context.streams = streams.plan();
  const StepCgroup cgroup = MakeCgroup(spec.limits);
  context.older_cgroups = cgroup.older_hierarchies();
  const std::vector<SetupOp> ops = CompileSetup(spec, context);
  std::optional<CaughtSignals> signals;
  LaunchPlan launch = PlanLaunch(spec);
  launch.terminal = streams.plan().terminal;
  launch.guarded = context.network.attachment == Attachment::kOnDemand;
  launch.emulated = context.facts.records_owners;
  launch.flags |= DomainFlags(spec, context);
  if (io.inherit) signals.emplace();
  SandboxSession session(
      {spec, ops, streams, context.facts.records_owners ? AttachPoint(spec.root) : ""},
      SandboxProcess::Start({.namespaces = Namespaces(context.network),
                             .program = EncodeProgram(ops, launch),
                             .streams = streams.theirs(),
                             .cgroup = cgroup.start_directory()}),
      StepNetwork(context.network.attachment, tool_));
  streams.CloseTheirs();
  cgroup.Add(session.process().pid());
  session.process().SendDescriptors(MakeContents(spec, ResolverFor(context.network)));
  const std::stop_callback ask(stop, [&] { session.AskToEnd(); });
  const ProcessEnd end = session.Converse(signals ? &*signals : nullptr);
  if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
  return {.status = end.status,
          .usage = SumUp(end, cgroup.Usage(), std::chrono::steady_clock::now() - start)};
}

ExecutionResult NamespaceExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                       std::stop_token stop) {
  static const HostFacts facts = FindHostFacts();
  SetupContext context = MakeContext(spec, facts, PlanNetworkFor(spec));
  context.facts.fresh_proc = fresh_proc_;
  for (;;) {
    try {
      return RunOnce(spec, io, context, stop);
    } catch (const SetupFault& fault) {
      if (!Adapt(spec, fault, &context)) {
        Error error = SetupError(fault.op, fault.error_number);
        if (fault.op.kind == OpKind::kOverlay) throw OverlayRefused(std::move(error));
        throw error;
      }
      if (!context.facts.fresh_proc && fresh_proc_.exchange(false)) {
        reporter_.Log(LogLevel::kWarning, "/proc is shared: " + DescribeSharedProc());
      }
    } catch (const GuardRefused&) {
      if (context.facts.records_owners) throw NoEmulation();
      watchable_ = false;
      context.network = PlanNetworkFor(spec);
      RenewWorkDirectory(spec.root);
    }
  }
}

NetworkPlan NamespaceExecutor::PlanNetworkFor(const SandboxSpec& spec) {
  if (spec.network == NetworkMode::kDefault) {
    std::call_once(tool_found_, [this] {
      tool_ = find_tool_();
      if (!tool_.program.empty()) return;
      reporter_.Log(LogLevel::kWarning,
                    fmt::format("the network is {} ({}; `--network=host` asks for it by name)",
                                DescribeDefaultNetwork(tool_), tool_.hint));
    });
  }
  return PlanNetwork(spec, tool_, watchable_);
}

int CommandsBeingEnded() { return SandboxSession::BeingEnded(); }

std::string DescribeSandbox(const SandboxSpec& spec) {
  const NetworkPlan network = PlanNetwork(spec, FindNetworkTool(), true);
  return Dump(CompileSetup(spec, MakeContext(spec, FindHostFacts(), network)));
}

}  // namespace ibuild::builder
