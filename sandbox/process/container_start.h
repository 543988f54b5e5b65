// Starting a container: a sandbox whose command lives on after this returns.
//
// NamespaceExecutor sees a step through to its end; here the caller keeps the process, its terminal
// and its control groups, and does what is to be done while it runs.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/host/cgroup.h"
#include "sandbox/process/other_namespace.h"
#include "sandbox/process/sandbox_process.h"
#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/spec.h"
#include "support/fd.h"

namespace ibuild::builder {

struct ContainerStart {
  const SandboxSpec& spec;
  std::array<int, 3> streams;  // what the command has, but for those that `plan` makes
  StreamPlan plan;
  bool own_network = true;  // else the one of the caller, or one of `joined`
  // Of another container, instead of its own or the caller's; the caller itself stays where it is.
  std::vector<OtherNamespace> joined = {};
  // Called with the container's network namespace before the command starts; may be called again,
  // with another one, when a first attempt failed. Null: nobody connects it.
  std::function<void(int net_namespace)> connect;
};

struct RunningContainer {
  SandboxProcess process;
  UniqueFd terminal;  // the other end of the command's; empty: it has none
  StepCgroup cgroup;

  // For a container whose first process is ours: how the command ended, when that has been told.
  std::optional<ExitStatus> command_end;
};

// Returns when the command runs. Throws what Executor::Run throws.
RunningContainer StartContainer(const ContainerStart& start);

// Takes up what init has to say; with a first process of ours, while it runs. Throws what keeps the
// command from being started.
void HearInit(RunningContainer* container, const SandboxSpec& spec);

// Waits for the end of a container whose first process has ended.
ExitStatus EndOf(RunningContainer* container);

}  // namespace ibuild::builder
