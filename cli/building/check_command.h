// `ibuild build --check` and `--call`: what a Dockerfile says, without building it. Needs no
// network, no privileges, and no store beyond a look at base images that are there already.
#pragma once

#include "cli/building/build_options.h"
#include "cli/wiring.h"

namespace ibuild::cli {

// Writes to standard output; returns the exit code: 1 when a check found something.
int AnswerCall(Wiring& wiring, const BuildOptions& options);

}  // namespace ibuild::cli
