// Which network a step gets.
#pragma once

#include <string>

#include "sandbox/network/network_helper.h"
#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

// With a tool that can be used, the default is a network of the step's own; else it is the host's.
// `watchable`: calls of the command can be watched, so it need not be attached before it is used.
NetworkPlan PlanNetwork(const SandboxSpec& spec, const NetworkTool& tool, bool watchable);

// Name servers for a step on that network, as /etc/resolv.conf.
std::string ResolverFor(const NetworkPlan& plan);

// What NetworkMode::kDefault comes to with this tool, in a few words.
std::string DescribeDefaultNetwork(const NetworkTool& tool);

}  // namespace ibuild::builder
