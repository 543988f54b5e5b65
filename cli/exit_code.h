// The exit codes of ibuild, for scripts.
//
//   0    it worked
//   1    the operation failed: a build step, a network transfer, a name that does not exist
//   125  the command line is wrong; nothing was done
//        `run`: whatever kept the container from starting
//   126  `run`: the program in the image cannot be executed
//   127  `run`: the program does not exist in the image
//   130  cancelled by Ctrl-C (128 + SIGINT); 143 by SIGTERM, 129 by SIGHUP
//   137  `run`: killed, by the memory limit or otherwise (128 + SIGKILL)
//
// `run` passes the code of the container's process through, so it may give any of these and more.
// Called by another tool's name, a wrong command line has the code that it has there: podman's and
// buildah's is 125, docker's is 125 for a wrong option and 1 for what else is wrong, the others' 1.
#pragma once

#include "cli/tools/tool_kind.h"
#include "support/error.h"

namespace ibuild::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 125;
inline constexpr int kExitInterrupted = 130;

int ExitCodeOf(const Error& error, ToolKind tool);

}  // namespace ibuild::cli
