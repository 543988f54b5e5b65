// The network of one step while it runs: connected with the world when the step first wants it.
//
// Most steps never make a socket, so a helper is started for none of them. The guard
// (socket_guard.h) holds the first call that makes one until the helper is ready; from then on
// calls are let through as they come. Where nobody may watch, the helper is started at once and the
// command waits for it. Driven by the session's poll(2): nothing here waits.
#pragma once

#include <optional>

#include "sandbox/network/network_helper.h"
#include "sandbox/spec/compile_setup.h"
#include "support/fd.h"

namespace ibuild::builder {

class StepNetwork {
 public:
  // `tool` outlives it.
  StepNetwork(Attachment attachment, const NetworkTool& tool)
      : attachment_(attachment), tool_(tool) {}

  void TakeNamespace(UniqueFd net_namespace);
  // `calls`: where somebody else who listens hands over the numbers of the calls that are ours to
  // answer; none: we listen.
  void TakeListener(UniqueFd listener, UniqueFd calls = UniqueFd());

  // Whether the command may be started.
  bool MayStart() const { return attachment_ != Attachment::kAtOnce || connected_; }

  // What to poll for reading, -1: nothing at present; and how long, in milliseconds, -1: for ever.
  int calls() const {
    if (IsConnecting()) return -1;
    return calls_ ? calls_.get() : listener_.get();
  }
  int progress() const { return IsConnecting() ? helper_->fd() : -1; }
  int Patience() const;

  void HandleCall(short events);  // `events`: of calls()
  // Throws kUnavailable when the helper failed or its time is up.
  void HandleProgress();

 private:
  bool IsConnecting() const { return helper_.has_value() && !connected_; }
  void Connect();
  void LetThrough();

  Attachment attachment_;
  const NetworkTool& tool_;
  UniqueFd namespace_;
  UniqueFd listener_;
  UniqueFd calls_;
  std::optional<NetworkHelper> helper_;
  bool connected_ = false;
};

}  // namespace ibuild::builder
