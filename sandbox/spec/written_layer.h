// What a command has written to its mounts, for one that is run after it in the same place.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "sandbox/spec/spec.h"

namespace ibuild::builder {

// The directory, in overlayfs's form, that holds what was written to the view which is
// spec.mounts[mount]. Nothing: it is no view that keeps that on disk, or was never mounted.
std::optional<std::filesystem::path> WrittenLayer(const SandboxSpec& spec, std::size_t mount);

}  // namespace ibuild::builder
