// One run in a sandbox from start to end: the conversation with init, the command's output,
// signals.
#pragma once

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "sandbox/network/step_network.h"
#include "sandbox/ownership/notifier.h"
#include "sandbox/process/caught_signals.h"
#include "sandbox/process/command_streams.h"
#include "sandbox/process/sandbox_process.h"
#include "sandbox/procview/proc_view.h"
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
  CommandStreams& streams;
  RecordedFiles recorded = {};
  // The command has no /proc: where its root is, for who answers in the place of one.
  std::filesystem::path proc_asked = {};
};

// The time that a command has left; counted by BeingEnded while it lives.
class EndInProgress {
 public:
  using Clock = std::chrono::steady_clock;

  explicit EndInProgress(std::chrono::seconds time);
  EndInProgress(const EndInProgress&) = delete;
  EndInProgress& operator=(const EndInProgress&) = delete;
  ~EndInProgress();

  std::chrono::milliseconds Left() const;  // not below zero

 private:
  Clock::time_point deadline_;
};

class SandboxSession {
 public:
  SandboxSession(const SessionSubject& subject, SandboxProcess process, StepNetwork network);

  SandboxProcess& process() { return process_; }

  // From any thread: the command is to end, and is made to when its time is up.
  void AskToEnd();
  // How many sessions of this process are at that.
  static int BeingEnded();

  // To the end of the command, when all that it started is gone and its output was handed on.
  // `signals` are passed on to it; null: there are none. Throws SetupFault, GuardRefused,
  // or Error when the command cannot be started or its network not be attached.
  ProcessEnd Converse(CaughtSignals* signals);

 private:
  void PassSignals(CaughtSignals* signals);
  bool HandleMessages();
  void Handle(SandboxProcess::Message message);
  void TakeListener(UniqueFd listener);
  [[noreturn]] void HandleLaunchFailure(wire::LaunchStage stage, int error_number) const;
  void SendIdentityWhenDue();
  void BeginEnd();
  int Patience() const;

  const SandboxSpec& spec_;
  const std::vector<SetupOp>& ops_;
  CommandStreams& streams_;
  const RecordedFiles recorded_;
  const std::filesystem::path proc_asked_;
  std::jthread answering_;  // outlives the process, for it ends when that does
  SandboxProcess process_;
  StepNetwork network_;
  std::optional<EndInProgress> end_;
  UniqueFd asked_;  // an eventfd
  std::optional<RootedDir> root_;
  bool identity_sent_ = false;
  std::optional<int> exit_status_;
};

}  // namespace ibuild::builder
