#include "sandbox/process/sandbox_session.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <span>
#include <utility>

#include "sandbox/process/identity.h"
#include "sandbox/process/setup_failure.h"
#include "support/error.h"

namespace ibuild::builder {

namespace {

std::atomic<int> sessions_being_ended = 0;

UniqueFd MakeEvent() {
  UniqueFd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) ThrowErrno("preparing to be stopped");
  return event;
}

}  // namespace

EndInProgress::EndInProgress(std::chrono::seconds time) : deadline_(Clock::now() + time) {
  ++sessions_being_ended;
}

EndInProgress::~EndInProgress() { --sessions_being_ended; }

std::chrono::milliseconds EndInProgress::Left() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

SandboxSession::SandboxSession(const SessionSubject& subject, SandboxProcess process,
                               StepNetwork network)
    : spec_(subject.spec),
      ops_(subject.ops),
      streams_(subject.streams),
      recorded_(subject.recorded),
      proc_asked_(subject.proc_asked),
      process_(std::move(process)),
      network_(std::move(network)),
      asked_(MakeEvent()) {}

ProcessEnd SandboxSession::Converse(CaughtSignals* signals) {
  enum : std::size_t { kEnd, kControl, kSignals, kAsked, kCalls, kNetwork, kStreams };
  std::array<pollfd, kStreams + CommandStreams::kWaits> waits{};
  const auto stream_waits = std::span(waits).subspan<kStreams>();
  waits[kEnd] = {process_.pidfd(), POLLIN, 0};
  waits[kControl] = {process_.control(), POLLIN, 0};
  waits[kSignals] = {signals != nullptr ? signals->fd() : -1, POLLIN, 0};
  waits[kAsked] = {asked_.get(), POLLIN, 0};
  for (;;) {
    waits[kCalls] = {network_.calls(), POLLIN, 0};
    waits[kNetwork] = {network_.progress(), POLLIN, 0};
    std::ranges::copy(streams_.waits(), stream_waits.begin());
    if (poll(waits.data(), waits.size(), Patience()) < 0) {
      if (errno != EINTR) ThrowErrno("waiting for the sandbox");
      continue;
    }
    if (waits[kEnd].revents != 0) break;
    streams_.Continue(stream_waits);
    if (waits[kControl].revents != 0 && !HandleMessages()) waits[kControl].fd = -1;
    if (waits[kSignals].revents != 0) PassSignals(signals);
    if (waits[kAsked].revents != 0) {
      waits[kAsked].fd = -1;  // once is enough
      BeginEnd();
    }
    if (end_ && end_->Left().count() == 0) process_.Kill();
    if (waits[kCalls].revents != 0) network_.HandleCall(waits[kCalls].revents);
    network_.HandleProgress();
    SendIdentityWhenDue();
  }
  HandleMessages();
  ProcessEnd end = process_.Wait();
  streams_.Finish();
  if (exit_status_) end.status = ExitStatus::FromWait(*exit_status_);
  return end;
}

void SandboxSession::PassSignals(CaughtSignals* signals) {
  while (const auto number = signals->Next()) {
    if (!streams_.HandleSignal(*number)) process_.SendSignal(*number);
  }
}

void SandboxSession::AskToEnd() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(asked_.get(), &one, sizeof one);
}

int SandboxSession::BeingEnded() { return sessions_being_ended; }

// A command that has not begun has nothing to bring to an end.
void SandboxSession::BeginEnd() {
  if (!identity_sent_) return process_.Kill();
  end_.emplace(spec_.stop_timeout);
  process_.SendSignal(SIGTERM);
}

// The sooner of two times, of which -1 is never.
int SandboxSession::Patience() const {
  const int network = network_.Patience();
  if (!end_) return network;
  const int left = static_cast<int>(end_->Left().count());
  return network < 0 ? left : std::min(network, left);
}

// False when no more will come.
bool SandboxSession::HandleMessages() {
  while (auto message = process_.Receive()) Handle(std::move(*message));
  pollfd wait = {process_.control(), POLLIN, 0};
  return poll(&wait, 1, 0) >= 0 && (wait.revents & POLLHUP) == 0;
}

void SandboxSession::Handle(SandboxProcess::Message message) {
  const wire::Event& event = message.event;
  switch (event.kind) {
    case wire::EventKind::kNetwork:
      return network_.TakeNamespace(std::move(message.descriptor));
    case wire::EventKind::kTerminal:
      return streams_.TakeTerminal(std::move(message.descriptor));
    case wire::EventKind::kRoot:
      root_.emplace(std::move(message.descriptor));
      return;
    case wire::EventKind::kListener:
      return TakeListener(std::move(message.descriptor));
    case wire::EventKind::kSetupFailed:
      throw SetupFault{ops_.at(event.index), event.error, std::move(root_)};
    case wire::EventKind::kLaunchFailed:
      return HandleLaunchFailure(static_cast<wire::LaunchStage>(event.index), event.error);
    case wire::EventKind::kExited:
      exit_status_ = event.status;
      if (process_.leaves_orphans()) process_.Kill();
  }
}

// One listener for all stopped calls: those about the network are handed on by the one who answers
// all others.
void SandboxSession::TakeListener(UniqueFd listener) {
  if (!proc_asked_.empty()) {
    answering_ = AnswerProcCalls(std::move(listener), proc_asked_);
    return;
  }
  if (recorded_.directory.empty()) return network_.TakeListener(std::move(listener));
  Pipe sockets = MakePipe();
  network_.TakeListener(listener.Duplicate(), std::move(sockets.read_end));
  answering_ = AnswerOwnershipCalls(process_.pid(), std::move(listener), recorded_,
                                    std::move(sockets.write_end));
}

void SandboxSession::HandleLaunchFailure(wire::LaunchStage stage, int error_number) const {
  if (stage == wire::LaunchStage::kGuard) throw GuardRefused();
  // Killed before it has reaped the command, it would leave it, dead, to the first process of a
  // container that was entered, which does not know of it.
  constexpr int kPatience = 1'000;  // ms
  pollfd wait{process_.pidfd(), POLLIN, 0};
  poll(&wait, 1, kPatience);
  throw LaunchError(stage, error_number, spec_);
}

// The command starts when it hears who it is.
void SandboxSession::SendIdentityWhenDue() {
  if (identity_sent_ || !root_ || !network_.MayStart() || !streams_.MayStart()) return;
  process_.SendIdentity(MakeIdentity(spec_, *root_));
  identity_sent_ = true;
}

}  // namespace ibuild::builder
