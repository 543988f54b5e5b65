// The Executor that this project is about: Linux namespaces, overlayfs, seccomp and control groups.
//
// Needs root, real or in a user namespace (EnterUserNamespace). May be used from several threads.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "sandbox/executor.h"
#include "sandbox/network/network_helper.h"
#include "sandbox/spec/compile_setup.h"
#include "support/report.h"

namespace ibuild::builder {

class NamespaceExecutor final : public Executor {
 public:
  // Says through `reporter`, once, when steps that ask for no network in particular share the
  // host's. `find_tool` is asked when the first step wants a network.
  explicit NamespaceExecutor(Reporter& reporter,
                             std::function<NetworkTool()> find_tool = FindNetworkTool)
      : reporter_(reporter), find_tool_(std::move(find_tool)) {}

  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override;

 private:
  ExecutionResult RunOnce(const SandboxSpec& spec, const ProcessIo& io, SetupContext context,
                          std::stop_token stop);

  // Keeps for the next step what an attempt showed, and says it once.
  void Learn(const HostFacts& facts);
  NetworkPlan PlanNetworkFor(const SandboxSpec& spec);

  Reporter& reporter_;
  std::function<NetworkTool()> find_tool_;
  std::once_flag tool_found_;
  NetworkTool tool_;
  // Learned by trying, kept for the next step.
  std::atomic<bool> fresh_proc_ = true;
  std::atomic<bool> own_host_name_ = true;
  std::atomic<bool> watchable_ = true;
};

// How many commands of this process were asked to end and have not ended yet.
int CommandsBeingEnded();

// What Run would do for this spec, for `ibuild debug spec`.
std::string DescribeSandbox(const SandboxSpec& spec);

}  // namespace ibuild::builder
