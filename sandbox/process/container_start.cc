#include "sandbox/process/container_start.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "sandbox/host/host_facts.h"
#include "sandbox/process/attempt.h"
#include "sandbox/process/identity.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/sources.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

NetworkPlan PlanFor(const ContainerStart& start) {
  return {.own_namespace = start.own_network,
          .attachment = start.connect ? Attachment::kAtOnce : Attachment::kNever};
}

StepCgroup MakeCgroup(const SandboxSpec& spec) {
  if (!spec.limits.Any()) {
    return StepCgroup::CreatePlain(FindCgroupHost(), spec.traits.control_group);
  }
  return StepCgroup::Create(spec.limits, FindCgroupHost(), spec.traits.control_group);
}

// One attempt, from the setup to the moment when the command is executed.
class Attempt {
 public:
  Attempt(const ContainerStart& start, std::vector<SetupOp> ops, RunningContainer* container)
      : start_(start), ops_(std::move(ops)), container_(*container) {}

  void Run() {
    while (!started_) {
      pollfd wait{container_.process.control(), POLLIN, 0};
      if (poll(&wait, 1, -1) < 0 && errno != EINTR) ThrowErrno("waiting for the container");
      while (auto message = container_.process.Receive()) Handle(std::move(*message));
      SendIdentityWhenDue();
      // The command has no control socket: its end is the beginning of the command.
      if ((wait.revents & POLLHUP) != 0) started_ = true;
    }
    if (!identity_sent_)
      throw Error(ErrorKind::kUnavailable, "the container ended while it was made");
  }

 private:
  void Handle(SandboxProcess::Message message) {
    const wire::Event& event = message.event;
    switch (event.kind) {
      case wire::EventKind::kNetwork:
        return start_.connect(message.descriptor.get());
      case wire::EventKind::kTerminal:
        container_.terminal = std::move(message.descriptor);
        return;
      case wire::EventKind::kRoot:
        root_.emplace(std::move(message.descriptor));
        return;
      case wire::EventKind::kSetupFailed:
        throw SetupFault{ops_.at(event.index), event.error, std::move(root_)};
      case wire::EventKind::kLaunchFailed:
        throw LaunchError(static_cast<wire::LaunchStage>(event.index), event.error, start_.spec);
      case wire::EventKind::kExited:
        container_.command_end = ExitStatus::FromWait(event.status);
        return;
      case wire::EventKind::kListener:
        return;
    }
  }

  void SendIdentityWhenDue() {
    const bool streams_ready = start_.plan.terminal == 0 || container_.terminal;
    if (identity_sent_ || !root_ || !streams_ready) return;
    container_.process.SendIdentity(MakeIdentity(start_.spec, *root_));
    identity_sent_ = true;
    if (!start_.spec.traits.first_process) started_ = true;
  }

  const ContainerStart& start_;
  std::vector<SetupOp> ops_;
  RunningContainer& container_;
  std::optional<RootedDir> root_;
  bool identity_sent_ = false;
  bool started_ = false;
};

RunningContainer StartOnce(const ContainerStart& start, SetupContext context) {
  const SandboxSpec& spec = start.spec;
  context.streams = start.plan;
  StepCgroup cgroup = MakeCgroup(spec);
  context.older_cgroups = cgroup.older_hierarchies();
  std::vector<SetupOp> ops = CompileSetup(spec, context);
  LaunchPlan launch = PlanLaunch(spec);
  launch.terminal = start.plan.terminal;
  launch.flags |= DomainFlags(spec, context);
  RunningContainer container{
      .process = SandboxProcess::Start({.namespaces = NamespacesOf(spec, context.network),
                                        .joined = &start.joined,
                                        .program = EncodeProgram(ops, launch),
                                        .streams = start.streams,
                                        .cgroup = cgroup.start_directory()}),
      .terminal = {},
      .cgroup = std::move(cgroup),
      .command_end = {}};
  container.cgroup.Add(container.process.pid());
  container.process.SendDescriptors(MakeContents(spec, {}));
  Attempt(start, std::move(ops), &container).Run();
  return container;
}

}  // namespace

RunningContainer StartContainer(const ContainerStart& start) {
  SetupContext context = MakeContext(start.spec, FindHostFacts(), PlanFor(start));
  RenewWorkDirectory(start.spec.root);
  for (;;) {
    try {
      return StartOnce(start, context);
    } catch (const SetupFault& fault) {
      if (!Adapt(start.spec, fault, &context)) throw SetupError(fault.op, fault.error_number);
    }
  }
}

void HearInit(RunningContainer* container, const SandboxSpec& spec) {
  while (auto message = container->process.Receive()) {
    const wire::Event& event = message->event;
    if (event.kind == wire::EventKind::kExited) {
      container->command_end = ExitStatus::FromWait(event.status);
    } else if (event.kind == wire::EventKind::kLaunchFailed) {
      throw LaunchError(static_cast<wire::LaunchStage>(event.index), event.error, spec);
    }
  }
}

ExitStatus EndOf(RunningContainer* container) {
  const ProcessEnd end = container->process.Wait();
  return container->command_end.value_or(end.status);
}

}  // namespace ibuild::builder
