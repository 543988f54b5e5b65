// The host's side of what is mounted into a sandbox.
#pragma once

#include <string>
#include <vector>

#include "sandbox/spec/spec.h"
#include "support/error.h"
#include "support/fd.h"

namespace ibuild::builder {

// For each mount whether a directory appears at its target; of an OverlayMount, a guess. Throws
// kNotFound for a source that does not exist.
std::vector<bool> FindMountKinds(const SandboxSpec& spec);

Error MissingSource(const std::string& source);

// The descriptors that CompileSetup's program expects, but for the network namespace: bytes of
// /etc/hosts, /etc/resolv.conf and every MemoryFile.
std::vector<UniqueFd> MakeContents(const SandboxSpec& spec, const std::string& resolv_conf);

}  // namespace ibuild::builder
