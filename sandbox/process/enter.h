// Running one more command in a container that is there already (`ibuild exec`).
//
// The command gets what the container's own has: its namespaces, the same capabilities, the same
// filter. What sets it up stays outside the container's pid namespace and ends with the command.
#pragma once

#include <string>
#include <vector>

#include "sandbox/executor.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

struct EnterRequest {
  // argv, env, working_directory, user, security, ulimits and traits are used.
  const SandboxSpec& spec;
  int first_process;                             // pid of the container's, in our own pid namespace
  std::vector<std::string> control_groups = {};  // directories that the command joins
};

// To the end of the command. Throws what Executor::Run throws, and kNotFound when the container has
// ended.
ExecutionResult Enter(const EnterRequest& request, const ProcessIo& io, std::stop_token stop);

}  // namespace ibuild::builder
