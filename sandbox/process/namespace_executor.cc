#include "sandbox/process/namespace_executor.h"

#include <fmt/format.h>
#include <sched.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "sandbox/host/host_facts.h"
#include "sandbox/network/network.h"
#include "sandbox/process/attempt.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/refusals.h"
#include "sandbox/process/sandbox_session.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/process/step_usage.h"
#include "sandbox/spec/missing_targets.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/sources.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

RecordedFiles WhatIsRecorded(const SandboxSpec& spec, const LaunchPlan& launch) {
  if (!launch.emulated && !launch.recorded) return {};
  return {.directory = AttachPoint(spec.root), .devices_only = launch.recorded};
}

Error NoEmulation() {
  return Error(ErrorKind::kUnsupported,
               "the calls of a step cannot be watched here, which it takes "
               "to let it change owners")
      .WithHint(
          "another filter with a listener is in force; start ibuild outside of it, or give "
          "the user subordinate ids (`ibuild doctor` says how)");
}

}  // namespace

ExecutionResult NamespaceExecutor::RunOnce(const SandboxSpec& spec, const ProcessIo& io,
                                           SetupContext context, std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  CommandStreams streams(io);
  context.streams = streams.plan();
  const StepCgroup cgroup = MakeStepCgroup(spec.limits);
  context.older_cgroups = cgroup.older_hierarchies();
  const std::vector<SetupOp> ops = CompileSetup(spec, context);
  std::optional<CaughtSignals> signals;
  LaunchPlan launch = PlanLaunch(spec);
  launch.terminal = streams.plan().terminal;
  launch.guarded = context.network.attachment == Attachment::kOnDemand;
  launch.emulated = context.facts.records_owners;
  launch.recorded =
      context.facts.in_user_namespace && launch.filtered && !launch.emulated && watchable_;
  launch.flags |= DomainFlags(spec, context);
  if (io.inherit) signals.emplace(io.passes_ends);
  SandboxSession session({spec, ops, streams, WhatIsRecorded(spec, launch)},
                         SandboxProcess::Start({.namespaces = NamespacesOf(spec, context.network),
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
  return {.status = end.status, .usage = SumUp(end, cgroup.Usage(), start)};
}

ExecutionResult NamespaceExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                       std::stop_token stop) {
  static const HostFacts facts = FindHostFacts();
  SetupContext context = MakeContext(spec, facts, PlanNetworkFor(spec));
  context.facts.fresh_proc = fresh_proc_;
  context.facts.own_host_name = own_host_name_;
  for (;;) {
    try {
      return RunOnce(spec, io, context, stop);
    } catch (const SetupFault& fault) {
      if (!Adapt(spec, fault, &context)) {
        Error error = SetupError(fault.op, fault.error_number);
        if (fault.op.kind == OpKind::kOverlay) throw OverlayRefused(std::move(error));
        throw error;
      }
      Learn(context.facts);
    } catch (const GuardRefused&) {
      if (context.facts.records_owners) throw NoEmulation();
      watchable_ = false;
      context.network = PlanNetworkFor(spec);
      RenewWorkDirectory(spec.root);
    }
  }
}

void NamespaceExecutor::Learn(const HostFacts& facts) {
  if (!facts.fresh_proc && fresh_proc_.exchange(false)) {
    reporter_.Log(LogLevel::kWarning, "/proc is shared: " + DescribeSharedProc());
  }
  if (!facts.own_host_name && own_host_name_.exchange(false)) {
    reporter_.Log(LogLevel::kWarning,
                  "the host name is the one outside: a seccomp filter forbids to set another "
                  "(run the container with --security-opt seccomp=unconfined)");
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
