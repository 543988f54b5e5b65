// Ending what a process started where no pid namespace does it for us.
#pragma once

#include <sys/types.h>

namespace ibuild::builder {

// Kills everything below `ancestor`, and what that starts meanwhile, until nothing is left but
// `ancestor` itself, which reaps what becomes its child (PR_SET_CHILD_SUBREAPER).
void KillDescendants(pid_t ancestor) noexcept;

}  // namespace ibuild::builder
