// An Executor without namespaces and mounts, for a container's root: chroot(2) into a plain tree.
//
// The container that ibuild runs in is the only wall: a step shares its processes, its network and
// its host name, and sees its /proc (procview/). What a step gets besides its files must be in the
// tree already (builder/tree/placements.h). The system call filter is loaded where it can be
// without taking set-user-ID programs from an ordinary user; whatever a step leaves behind is
// killed.
#pragma once

#include <atomic>

#include "sandbox/executor.h"

namespace ibuild::builder {

class ChrootExecutor final : public Executor {
 public:
  ChrootExecutor();

  // spec.root is a tree; spec.mounts is not looked at. Throws kUnsupported for --network=none.
  ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop) override;

 private:
  ExecutionResult RunOnce(const SandboxSpec& spec, const ProcessIo& io, std::stop_token stop);

  std::atomic<bool> watchable_ = true;  // learned by trying: a step's calls can be answered
};

}  // namespace ibuild::builder
