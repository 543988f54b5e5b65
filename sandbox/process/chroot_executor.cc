#include "sandbox/process/chroot_executor.h"

#include <fcntl.h>
#include <sys/prctl.h>

#include <chrono>
#include <optional>

#include "sandbox/network/network_helper.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/sandbox_session.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/process/step_usage.h"
#include "sandbox/spec/capabilities.h"
#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/setup_list.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

std::vector<SetupOp> CompileChroot(const SandboxSpec& spec) {
  SetupList list;
  const int root = list.OpenHost(TreeOf(spec.root).string(), O_DIRECTORY);
  list.Add({.kind = OpKind::kReportRoot, .at = root});
  list.Add({.kind = OpKind::kChroot, .at = root});
  return std::move(list).Take();
}

LaunchPlan PlanFor(const SandboxSpec& spec, bool watchable) {
  LaunchPlan launch = PlanLaunch(spec);
  launch.flags |= wire::kReapsAll;
  if (launch.filtered) launch.flags |= wire::kUnprivileged;
  launch.proc_asked = launch.filtered && watchable;
  // Who may change the root can leave the one that he is in.
  if (spec.security != SecurityMode::kInsecure) {
    launch.capabilities &= ~CapabilityMask({CAP_SYS_CHROOT});
  }
  return launch;
}

// There is no /dev/pts of the step's own, and nothing of the user's is handed in.
void CheckStreams(const StreamPlan& plan) {
  if (plan.terminal == 0) return;
  throw Error(ErrorKind::kUnsupported, "a command that is run by chroot cannot have a terminal")
      .WithHint("redirect its input, output and errors: `… </dev/null 2>&1 | cat`");
}

void CheckNetwork(const SandboxSpec& spec) {
  if (spec.network != NetworkMode::kNone) return;
  throw Error(ErrorKind::kUnsupported,
              "--network=none takes a network namespace, and this place "
              "forbids namespaces")
      .WithHint(
          "run the container with --security-opt seccomp=unconfined (`ibuild doctor` says "
          "what else helps)");
}

}  // namespace

// A step is root like us, and must not be able to look into our memory.
ChrootExecutor::ChrootExecutor() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

ExecutionResult ChrootExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                    std::stop_token stop) {
  CheckNetwork(spec);
  try {
    return RunOnce(spec, io, stop);
  } catch (const GuardRefused&) {  // nothing has run yet
    watchable_ = false;
    return RunOnce(spec, io, stop);
  }
}

ExecutionResult ChrootExecutor::RunOnce(const SandboxSpec& spec, const ProcessIo& io,
                                        std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  CommandStreams streams(io);
  CheckStreams(streams.plan());
  const std::vector<SetupOp> ops = CompileChroot(spec);
  std::optional<CaughtSignals> signals;
  if (io.inherit) signals.emplace();
  const StepCgroup cgroup = MakeStepCgroup(spec.limits);
  const NetworkTool no_tool;
  SandboxSession session(
      {.spec = spec,
       .ops = ops,
       .streams = streams,
       .recorded = {},
       .proc_asked = TreeOf(spec.root)},
      SandboxProcess::Start({.namespaces = 0,
                             .program = EncodeProgram(ops, PlanFor(spec, watchable_)),
                             .streams = streams.theirs(),
                             .cgroup = cgroup.start_directory(),
                             .leaves_orphans = true}),
      StepNetwork(Attachment::kNever, no_tool));
  streams.CloseTheirs();
  cgroup.Add(session.process().pid());
  const std::stop_callback ask(stop, [&] { session.AskToEnd(); });
  try {
    const ProcessEnd end = session.Converse(signals ? &*signals : nullptr);
    if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
    return {.status = end.status, .usage = SumUp(end, cgroup.Usage(), start)};
  } catch (const SetupFault& fault) {
    throw SetupError(fault.op, fault.error_number);
  }
}

}  // namespace ibuild::builder
