// Which paths of a step are /proc's, and what they are in the container's own. Pure.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace ibuild::builder {

struct ProcPath {
  std::string path;          // relative to /proc; "." for itself
  bool is_own_link = false;  // a link of the caller's own that may be followed to where it leads
};

// `caller`: for "self" and for the descriptors in /dev. Nothing for a path that is not /proc's.
std::optional<ProcPath> FindProcPath(std::string_view path, pid_t caller);

}  // namespace ibuild::builder
