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
  // Nothing: this machine needs the operations of a lesser sandbox; facts_ has been changed.
  ExecutionResult RunOnce(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop);
  HostFacts Facts() const;

  std::atomic<bool> fresh_proc_ = true;
};

// What Run would do for this spec, for `ibuild debug spec`.
std::string DescribeSandbox(const SandboxSpec& spec);

}  // namespace ibuild::builder
