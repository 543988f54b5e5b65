// What a step would find here, found out by doing it in a child process and for the time of a look:
// an overlay on the directories of a store, a fresh /proc.
#pragma once

#include <filesystem>
#include <string>

#include "sandbox/host/user_namespace.h"

namespace ibuild::builder {

struct Trials {
  PrivilegeReport privilege;
  std::string overlay;  // why none can be mounted on the store; empty: it can
  std::string proc;     // why no fresh one can be mounted; empty: it can
};

// `store`: an existing directory of ours; what is made in it is removed again.
Trials TryEverything(const std::filesystem::path& store);

}  // namespace ibuild::builder
