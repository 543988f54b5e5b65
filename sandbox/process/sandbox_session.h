// One run in a sandbox from start to end: the conversation with init, the command's output,
// signals.
#pragma once

#include <optional>
#include <vector>

#include "sandbox/executor.h"
#include "sandbox/network/step_network.h"
#include "sandbox/process/foreground.h"
#include "sandbox/process/sandbox_process.h"
#include "sandbox/spec/setup_op.h"
#include "sandbox/spec/spec.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

// Thrown when a setup operation fails: the executor may know another way.
struct SetupFault {
  SetupOp op;
  int error_number = 0;
  std::optional<RootedDir> root;  // the merged root file system, when it got that far
};

// Thrown when nobody may watch the command's calls here: the network is to be attached at once.
struct GuardRefused {};

// What a session is about; outlives it.
struct SessionSubject {
  const SandboxSpec& spec;
  const std::vector<SetupOp>& ops;
  const ProcessIo& io;
};

class SandboxSession {
 public:
  SandboxSession(const SessionSubject& subject, SandboxProcess process, StepNetwork network);

  SandboxProcess& process() { return process_; }

  // To the end of the command, when all that it started is gone and its output was handed on.
  // `signals` are passed on to it; null: there are none. Throws SetupFault, GuardRefused,
  // or Error when the command cannot be started or its network not be attached.
  ProcessEnd Converse(CaughtSignals* signals);

 private:
  bool PassOutput();
  void PassSignals(CaughtSignals* signals);
  bool HandleMessages();
  void Handle(SandboxProcess::Message message);
  [[noreturn]] void HandleLaunchFailure(wire::LaunchStage stage, int error_number) const;
  void SendIdentityWhenDue();
  wire::Identity MakeIdentity() const;
  bool HasHome() const;

  const SandboxSpec& spec_;
  const std::vector<SetupOp>& ops_;
  const ProcessIo& io_;
  SandboxProcess process_;
  StepNetwork network_;
  std::optional<RootedDir> root_;
  bool identity_sent_ = false;
  std::optional<int> exit_status_;
};

}  // namespace ibuild::builder
