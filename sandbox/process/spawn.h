// Starting init in new namespaces. The one place where a process is cloned by hand: support/process
// knows no namespaces.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sandbox/init/wire.h"
#include "sandbox/process/other_namespace.h"

namespace ibuild::builder {

struct SpawnRequest {
  std::uint64_t namespaces = 0;                         // CLONE_NEW*
  const std::vector<OtherNamespace>* joined = nullptr;  // of others, to be in instead of ours
  int cgroup = -1;  // descriptor of a cgroup2 directory to start in
  // What the process has as descriptors 0 … wire::kProgramFd; it gets no others.
  std::array<int, wire::kProgramFd + 1> descriptors{};
};

struct Spawned {
  int pid = -1;
  int pidfd = -1;
};

// Throws kUnsupported with a hint when the kernel refuses the namespaces.
Spawned SpawnInit(const SpawnRequest& request);

}  // namespace ibuild::builder
