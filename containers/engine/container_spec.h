// From what is kept of a container to the sandbox that it runs in.
#pragma once

#include <filesystem>
#include <vector>

#include "containers/state/container_store.h"
#include "sandbox/spec/spec.h"

namespace ibuild::containers {

builder::ResourceLimits LimitsOf(const Limits& limits);

// `linked`: variables that tell about linked containers. Throws kInvalidInput for what cannot be
// done, such as an unknown capability.
builder::SandboxSpec MakeSpec(const Container& container,
                              const std::vector<std::filesystem::path>& layers,
                              const std::vector<std::string>& linked = {});

}  // namespace ibuild::containers
