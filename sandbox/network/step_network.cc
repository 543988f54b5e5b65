#include "sandbox/network/step_network.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <span>
#include <utility>

namespace ibuild::builder {

void StepNetwork::TakeNamespace(UniqueFd net_namespace) {
  namespace_ = std::move(net_namespace);
  if (attachment_ == Attachment::kAtOnce) Connect();
}

void StepNetwork::TakeListener(UniqueFd listener, UniqueFd calls) {
  listener_ = std::move(listener);
  calls_ = std::move(calls);
}

int StepNetwork::Patience() const {
  return IsConnecting() ? static_cast<int>(helper_->Patience().count()) : -1;
}

void StepNetwork::HandleCall(short events) {
  if ((events & POLLIN) == 0) {  // nobody is left who could call
    listener_.Reset();
    calls_.Reset();
  } else if (connected_) {
    LetThrough();
  } else {
    Connect();  // the call waits in the kernel meanwhile
  }
}

void StepNetwork::HandleProgress() {
  if (IsConnecting()) connected_ = helper_->IsReady();
}

void StepNetwork::Connect() {
  helper_.emplace(tool_, namespace_.get());
  namespace_.Reset();
}

// That whoever called is gone meanwhile is no failure, and there is no other.
void StepNetwork::LetThrough() {
  seccomp_notif call{};
  if (calls_) {
    if (ReadUpTo(calls_.get(), std::as_writable_bytes(std::span(&call.id, 1))) == 0) return;
  } else if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
    return;
  }
  seccomp_notif_resp answer{};
  answer.id = call.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

}  // namespace ibuild::builder
