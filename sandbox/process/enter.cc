#include "sandbox/process/enter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

#include <array>
#include <optional>
#include <utility>

#include "sandbox/host/cgroup_unified.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/sandbox_session.h"
#include "sandbox/process/setup_failure.h"
#include "sandbox/spec/program.h"
#include "sandbox/spec/setup_list.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

struct Kind {
  const char* name;
  std::uint64_t flag;
};

// The mount namespace last: what is looked up by name before is the host's.
constexpr std::array kKinds = {Kind{"cgroup", CLONE_NEWCGROUP}, Kind{"ipc", CLONE_NEWIPC},
                               Kind{"uts", CLONE_NEWUTS},       Kind{"net", CLONE_NEWNET},
                               Kind{"pid", CLONE_NEWPID},       Kind{"mnt", CLONE_NEWNS}};

struct Other {
  std::uint64_t flag;
  UniqueFd fd;
};

bool IsOurs(const UniqueFd& fd, const char* name) {
  struct stat theirs {};
  struct stat ours {};
  return fstat(fd.get(), &theirs) == 0 &&
         stat(fmt::format("/proc/self/ns/{}", name).c_str(), &ours) == 0 &&
         theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

// The namespaces that are not ours as well: those need no entering, and may not permit it.
std::vector<Other> OpenNamespaces(int pid) {
  std::vector<Other> others;
  for (const Kind& kind : kKinds) {
    UniqueFd fd = OpenFile(fmt::format("/proc/{}/ns/{}", pid, kind.name), O_RDONLY);
    if (!IsOurs(fd, kind.name)) others.push_back({kind.flag, std::move(fd)});
  }
  return others;
}

std::vector<SetupOp> CompileEntry(const std::vector<Other>& others, const StreamPlan& streams) {
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
  std::vector<Other> others = OpenNamespaces(request.first_process);
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
  for (Other& other : others) namespaces.push_back(std::move(other.fd));
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
