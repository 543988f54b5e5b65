// Resource limits of a command (getrlimit(2)), from `--ulimit name=soft[:hard]`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/init/wire.h"

namespace ibuild::builder {

// Names as in docker run: "nofile", "core", "nproc", …; -1 is "unlimited".
// Throws kInvalidInput for anything else.
wire::Rlimit ParseUlimit(std::string_view text);

// Our defaults and the limits asked for, lowered to what this process may set. The defaults are
// what Linux has without anybody's doing, so that a build does not depend on the limits of a shell;
// but no core files, and a soft limit of 1024 descriptors, since programs that close all possible
// ones take minutes under a high one.
std::vector<wire::Rlimit> PlanRlimits(const std::vector<std::string>& ulimits);

}  // namespace ibuild::builder
