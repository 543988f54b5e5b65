#include "builder/sandbox/namespace_executor.h"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "builder/sandbox/cgroup.h"
#include "builder/sandbox/host_facts.h"
#include "builder/sandbox/network.h"
#include "builder/sandbox/program.h"
#include "builder/sandbox/setup_failure.h"
#include "builder/sandbox/sources.h"
#include "builder/sandbox/user_lookup.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

// Thrown inside Run only.
struct NoFreshProc {};

// One run from start to end: the conversation with init and the command's output.
class Session {
 public:
  Session(const SandboxSpec& spec, const std::vector<SetupOp>& ops, const ProcessIo& io,
          SandboxProcess process)
      : spec_(spec), ops_(ops), io_(io), process_(std::move(process)) {}

  SandboxProcess& process() { return process_; }

  ProcessEnd Converse() {
    std::array<pollfd, 3> waits = {{{process_.pidfd(), POLLIN, 0},
                                    {process_.control(), POLLIN, 0},
                                    {process_.output(), POLLIN, 0}}};
    while ((waits[0].revents & POLLIN) == 0) {
      if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) ThrowErrno("poll");
      if (waits[2].revents != 0 && !PassOutput()) waits[2].fd = -1;
      if (waits[1].revents != 0 && !HandleMessages()) waits[1].fd = -1;
    }
    HandleMessages();
    ProcessEnd end = process_.Wait();
    while (waits[2].fd >= 0 && PassOutput()) {
    }
    if (exit_status_) end.status = ExitStatus::FromWait(*exit_status_);
    return end;
  }

 private:
  // Hands on what is there; false at the end of the stream.
  bool PassOutput() {
    std::array<char, 32 * 1024> buffer;
    const ssize_t size = read(process_.output(), buffer.data(), buffer.size());
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size > 0 && io_.output) {
      io_.output(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
    }
    return size > 0;
  }

  bool HandleMessages() {
    pollfd wait = {process_.control(), POLLIN, 0};
    while (auto message = process_.Receive()) Handle(std::move(*message));
    return poll(&wait, 1, 0) >= 0 && (wait.revents & POLLHUP) == 0;
  }

  void Handle(SandboxProcess::Message message) {
    const wire::Event& event = message.event;
    switch (event.kind) {
      case wire::EventKind::kRoot:
        return SendIdentity(RootedDir(std::move(message.descriptor)));
      case wire::EventKind::kSetupFailed: {
        const SetupOp& op = ops_.at(event.index);
        if (op.kind == OpKind::kNewMount && event.error == EPERM &&
            (op.path == "proc" || op.path == "sysfs")) {
          throw NoFreshProc();
        }
        throw SetupError(op, event.error);
      }
      case wire::EventKind::kLaunchFailed:
        throw LaunchError(static_cast<wire::LaunchStage>(event.index), event.error, spec_);
      case wire::EventKind::kExited:
        exit_status_ = event.status;
    }
  }

  void SendIdentity(const RootedDir& root) {
    const UserIdentity user = LookUpUser(spec_.user, root);
    wire::Identity identity{};
    identity.uid = user.uid;
    identity.gid = user.gid;
    identity.group_count = static_cast<std::uint32_t>(user.groups.size());
    std::copy(user.groups.begin(), user.groups.end(), identity.groups);
    if (!HasHome()) {
      const std::string entry = "HOME=" + user.home;
      if (entry.size() >= sizeof identity.home) {
        throw Error(ErrorKind::kInvalidInput, "the home directory in /etc/passwd is too long");
      }
      std::memcpy(identity.home, entry.c_str(), entry.size() + 1);
    }
    process_.SendIdentity(identity);
  }

  bool HasHome() const {
    for (const std::string& entry : spec_.env) {
      if (entry.starts_with("HOME=")) return true;
    }
    return false;
  }

  const SandboxSpec& spec_;
  const std::vector<SetupOp>& ops_;
  const ProcessIo& io_;
  SandboxProcess process_;
  std::optional<int> exit_status_;
};

std::uint64_t Namespaces(const NetworkPlan& network) {
  return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
         (network.own_namespace && !network.join_shared ? CLONE_NEWNET : 0);
}

SetupContext MakeContext(const SandboxSpec& spec, HostFacts facts) {
  return {.facts = std::move(facts),
          .network = PlanNetwork(spec.network),
          .mount_is_directory = FindMountKinds(spec)};
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

}  // namespace

HostFacts NamespaceExecutor::Facts() const {
  static const HostFacts found = FindHostFacts();
  HostFacts facts = found;
  facts.fresh_proc = fresh_proc_;
  return facts;
}

ExecutionResult NamespaceExecutor::RunOnce(const SandboxSpec& spec, const ProcessIo& io,
                                           std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  const SetupContext context = MakeContext(spec, Facts());
  const std::vector<SetupOp> ops = CompileSetup(spec, context);
  const StepCgroup cgroup = MakeCgroup(spec.limits);
  const StartOptions options = {.namespaces = Namespaces(context.network),
                                .program = EncodeProgram(ops, PlanLaunch(spec, io.inherit)),
                                .inherit_streams = io.inherit,
                                .cgroup = cgroup.start_directory()};
  Session session(spec, ops, io, SandboxProcess::Start(options));
  cgroup.Add(session.process().pid());
  session.process().SendDescriptors(MakeContents(spec, ResolverFor(context.network)));
  const std::stop_callback kill(stop, [&] { session.process().Kill(); });
  const ProcessEnd end = session.Converse();
  if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
  return {.status = end.status,
          .usage = SumUp(end, cgroup.Usage(), std::chrono::steady_clock::now() - start)};
}

ExecutionResult NamespaceExecutor::Run(const SandboxSpec& spec, const ProcessIo& io,
                                       std::stop_token stop) {
  try {
    return RunOnce(spec, io, stop);
  } catch (const NoFreshProc&) {
    if (!fresh_proc_.exchange(false)) {
      throw Error(ErrorKind::kUnsupported, "neither a fresh /proc nor the visible one can be used");
    }
    return RunOnce(spec, io, std::move(stop));
  }
}

std::string DescribeSandbox(const SandboxSpec& spec) {
  return Dump(CompileSetup(spec, MakeContext(spec, FindHostFacts())));
}

}  // namespace ibuild::builder
