// The Executor that this project is about: Linux namespaces, overlayfs, seccomp and control groups.
//
// Needs root, real or in a user namespace (EnterUserNamespace). May be used from several threads.
#pragma once

#include <atomic>

#include "builder/sandbox/compile_setup.h"
#include "builder/sandbox/executor.h"
#include "builder/sandbox/sandbox_process.h"

namespace ibuild::builder {

class NamespaceExecutor final : public Executor {
 public:
  NamespaceExecutor() = default;

  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override;

 private:
  ExecutionResult RunOnce(const SandboxSpec& spec, const ProcessIo& io, const SetupContext& context,
                          std::stop_token stop);

  // Learned by trying, kept for the next step.
  std::atomic<bool> fresh_proc_ = true;
};

// What Run would do for this spec, for `ibuild debug spec`.
std::string DescribeSandbox(const SandboxSpec& spec);

}  // namespace ibuild::builder
