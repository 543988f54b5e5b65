#include "sandbox/process/sandbox_session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sandbox/process/setup_failure.h"
#include "sandbox/process/user_lookup.h"
#include "support/error.h"

namespace ibuild::builder {

SandboxSession::SandboxSession(const SessionSubject& subject, SandboxProcess process,
                               StepNetwork network)
    : spec_(subject.spec),
      ops_(subject.ops),
      io_(subject.io),
      process_(std::move(process)),
      network_(std::move(network)) {}

ProcessEnd SandboxSession::Converse(CaughtSignals* signals) {
  enum : std::size_t { kEnd, kControl, kOutput, kSignals, kCalls, kNetwork, kCount };
  std::array<pollfd, kCount> waits{};
  waits[kEnd] = {process_.pidfd(), POLLIN, 0};
  waits[kControl] = {process_.control(), POLLIN, 0};
  waits[kOutput] = {process_.output(), POLLIN, 0};
  waits[kSignals] = {signals != nullptr ? signals->fd() : -1, POLLIN, 0};
  for (;;) {
    waits[kCalls] = {network_.calls(), POLLIN, 0};
    waits[kNetwork] = {network_.progress(), POLLIN, 0};
    if (poll(waits.data(), waits.size(), network_.Patience()) < 0) {
      if (errno != EINTR) ThrowErrno("waiting for the sandbox");
      continue;
    }
    if (waits[kEnd].revents != 0) break;
    if (waits[kOutput].revents != 0 && !PassOutput()) waits[kOutput].fd = -1;
    if (waits[kControl].revents != 0 && !HandleMessages()) waits[kControl].fd = -1;
    if (waits[kSignals].revents != 0) PassSignals(signals);
    if (waits[kCalls].revents != 0) network_.HandleCall(waits[kCalls].revents);
    network_.HandleProgress();
    SendIdentityWhenDue();
  }
  HandleMessages();
  ProcessEnd end = process_.Wait();
  while (waits[kOutput].fd >= 0 && PassOutput()) {
  }
  if (exit_status_) end.status = ExitStatus::FromWait(*exit_status_);
  return end;
}

// Hands on what is there; false at the end of the stream.
bool SandboxSession::PassOutput() {
  std::array<char, 32 * 1024> buffer;
  const ssize_t size = read(process_.output(), buffer.data(), buffer.size());
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  if (size > 0 && io_.output) {
    io_.output(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
  }
  return size > 0;
}

void SandboxSession::PassSignals(CaughtSignals* signals) {
  while (const auto number = signals->Next()) process_.SendSignal(*number);
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
    case wire::EventKind::kRoot:
      root_.emplace(std::move(message.descriptor));
      return;
    case wire::EventKind::kListener:
      return network_.TakeListener(std::move(message.descriptor));
    case wire::EventKind::kSetupFailed:
      throw SetupFault{ops_.at(event.index), event.error, std::move(root_)};
    case wire::EventKind::kLaunchFailed:
      return HandleLaunchFailure(static_cast<wire::LaunchStage>(event.index), event.error);
    case wire::EventKind::kExited:
      exit_status_ = event.status;
  }
}

void SandboxSession::HandleLaunchFailure(wire::LaunchStage stage, int error_number) const {
  if (stage == wire::LaunchStage::kGuard) throw GuardRefused();
  throw LaunchError(stage, error_number, spec_);
}

// The command starts when it hears who it is.
void SandboxSession::SendIdentityWhenDue() {
  if (identity_sent_ || !root_ || !network_.MayStart()) return;
  process_.SendIdentity(MakeIdentity());
  identity_sent_ = true;
}

wire::Identity SandboxSession::MakeIdentity() const {
  const UserIdentity user = LookUpUser(spec_.user, *root_);
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
  return identity;
}

bool SandboxSession::HasHome() const {
  return std::any_of(spec_.env.begin(), spec_.env.end(), [](const std::string& entry) {
    return entry.starts_with("HOME=") && entry != "HOME=";
  });
}

}  // namespace ibuild::builder
