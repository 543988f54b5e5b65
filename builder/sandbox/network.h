// Which network a step gets.
#pragma once

#include <string>

#include "builder/sandbox/compile_setup.h"
#include "builder/sandbox/spec.h"

namespace ibuild::builder {

NetworkPlan PlanNetwork(NetworkMode mode);

// Name servers for a step on that network, as /etc/resolv.conf.
std::string ResolverFor(const NetworkPlan& plan);

// What NetworkMode::kDefault comes to on this machine, in a few words, for `ibuild info`.
std::string DescribeDefaultNetwork();

}  // namespace ibuild::builder
