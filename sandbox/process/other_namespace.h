// Namespaces of another process that one of ours is to be in.
#pragma once

#include <cstdint>
#include <optional>

#include "support/fd.h"

namespace ibuild::builder {

struct NamespaceKind {
  const char* name;    // as in /proc/PID/ns
  std::uint64_t flag;  // CLONE_NEW*
};

struct OtherNamespace {
  std::uint64_t flag;
  UniqueFd fd;
};

// Nothing when it is ours as well: that one needs no entering, and may not permit it.
std::optional<OtherNamespace> FindOtherNamespace(int pid, const NamespaceKind& kind);

}  // namespace ibuild::builder
