#include "sandbox/process/enter.h"

#include <fcntl.h>
#include <sched.h>

#include <array>
#include <optional>
#include <utility>

#include "sandbox/host/cgroup_unified.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/other_namespace.h"
#include "sandbox/process/sandbox_session.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/setup_list.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

// The mount namespace last: what is looked up by name before is the host's.
constexpr std::array kKinds = {
    NamespaceKind{"cgroup", CLONE_NEWCGROUP}, NamespaceKind{"ipc", CLONE_NEWIPC},
    NamespaceKind{"uts", CLONE_NEWUTS},       NamespaceKind{"net", CLONE_NEWNET},
    NamespaceKind{"pid", CLONE_NEWPID},       NamespaceKind{"mnt", CLONE_NEWNS}};

std::vector<OtherNamespace> FindOthers(int pid) {
  std::vector<OtherNamespace> others;
  for (const NamespaceKind& kind : kKinds) {
    if (auto other = FindOtherNamespace(pid, kind)) others.push_back(std::move(*other));
  }
  return others;
}

std::vector<SetupOp> CompileEntry(const std::vector<OtherNamespace>& others,
                                  const StreamPlan& streams) {
  SetupList list;
  const int first = list.Receive(static_cast<int>(others.size()));
  for (std::size_t i = 0; i < others.size(); ++i) {
    list.Add(
        {.kind = OpKind::kEnter, .slot = first + static_cast<int>(i), .flags = others[i].flag});
  }
  const int root = list.OpenHost("/", O_DIRECTORY);
  if (streams.null_input) {
    list.Add(
        {.kind = OpKind::kNullInput, .at = list.OpenHost("/dev", O_DIRECTORY), .path = "null"});
  }
  if (streams.terminal != 0) {
    list.Add({.kind = OpKind::kTerminal,
              .at = list.OpenHost("/dev/pts", O_DIRECTORY),
              .mode = streams.terminal});
  }
  list.Add({.kind = OpKind::kReportRoot, .at = root});
  return std::move(list).Take();
}

}  // namespace

ExecutionResult Enter(const EnterRequest& request, const ProcessIo& io, std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<OtherNamespace> others = FindOthers(request.first_process);
  CommandStreams streams(io);
  const std::vector<SetupOp> ops = CompileEntry(others, streams.plan());
  LaunchPlan launch = PlanLaunch(request.spec);
  launch.flags &= ~static_cast<std::uint32_t>(wire::kFirstProcess);
  launch.terminal = streams.plan().terminal;
  std::optional<CaughtSignals> signals;
  if (io.inherit) signals.emplace();
  const NetworkTool tool;
  SandboxSession session(
      {request.spec, ops, streams},
      SandboxProcess::Start(
          {.namespaces = 0, .program = EncodeProgram(ops, launch), .streams = streams.theirs()}),
      StepNetwork(Attachment::kNever, tool));
  streams.CloseTheirs();
  for (const std::string& group : request.control_groups) {
    WriteControl(group + "/cgroup.procs", std::to_string(session.process().pid()));
  }
  std::vector<UniqueFd> namespaces;
  for (OtherNamespace& other : others) namespaces.push_back(std::move(other.fd));
  session.process().SendDescriptors(namespaces);
  const std::stop_callback kill(stop, [&] { session.process().Kill(); });
  try {
    const ProcessEnd end = session.Converse(signals ? &*signals : nullptr);
    if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
    return {.status = end.status,
            .usage = {.wall = std::chrono::steady_clock::now() - start,
                      .cpu_user = end.cpu_user,
                      .cpu_system = end.cpu_system}};
  } catch (const SetupFault& fault) {
    throw SetupError(fault.op, fault.error_number);
  }
}

}  // namespace ibuild::builder
