// One run in a sandbox from start to end: the conversation with init, the command's output,
// signals.
#pragma once

#include <optional>
#include <vector>

#include "builder/sandbox/executor.h"
#include "builder/sandbox/foreground.h"
#include "builder/sandbox/sandbox_process.h"
#include "builder/sandbox/setup_op.h"
#include "builder/sandbox/spec.h"
#include "support/rooted_dir.h"

namespace ibuild::builder {

// Thrown when a setup operation fails: the executor may know another way.
struct SetupFault {
  SetupOp op;
  int error_number = 0;
  std::optional<RootedDir> root;  // the merged root file system, when it got that far
};

class SandboxSession {
 public:
  // All outlive the session but `process`, which it owns.
  SandboxSession(const SandboxSpec& spec, const std::vector<SetupOp>& ops, const ProcessIo& io,
                 SandboxProcess process);

  SandboxProcess& process() { return process_; }

  // To the end of the command, when all that it started is gone and its output was handed on.
  // `signals` are passed on to it; null: there are none. Throws SetupFault, or Error when the
  // command cannot be started.
  ProcessEnd Converse(CaughtSignals* signals);

 private:
  bool PassOutput();
  void PassSignals(CaughtSignals* signals);
  bool HandleMessages();
  void Handle(SandboxProcess::Message message);
  void SendIdentity();
  bool HasHome() const;

  const SandboxSpec& spec_;
  const std::vector<SetupOp>& ops_;
  const ProcessIo& io_;
  SandboxProcess process_;
  std::optional<RootedDir> root_;
  std::optional<int> exit_status_;
};

}  // namespace ibuild::builder
