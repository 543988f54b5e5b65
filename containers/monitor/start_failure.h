// What is known when a container could not be started, or is to go.
#pragma once

#include "containers/state/container_store.h"
#include "support/error.h"

namespace ibuild::containers {

// Docker's: 127 for a program that is not there, 126 for one that cannot be executed, else 125.
int StartExitCode(const Error& error, const std::vector<std::string>& arguments);

// Out of sight at once, then deleted as far as this process may.
void Discard(const layers::StoreLayout& layout, const std::filesystem::path& path);

// Removes a container and the volumes that were made for it alone.
void RemoveWithVolumes(const ContainerStore& store, const Container& container);

}  // namespace ibuild::containers
