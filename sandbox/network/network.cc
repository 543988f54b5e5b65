#include "sandbox/network/network.h"

#include <fmt/format.h>

#include "sandbox/network/network_files.h"
#include "support/files.h"

namespace ibuild::builder {

NetworkPlan PlanNetwork(const SandboxSpec& spec, const NetworkTool& tool, bool watchable) {
  if (spec.network == NetworkMode::kNone) return {.own_namespace = true};
  if (spec.network == NetworkMode::kHost || tool.program.empty()) return {.own_namespace = false};
  const bool on_demand = watchable && spec.IsFiltered();
  return {.own_namespace = true,
          .attachment = on_demand ? Attachment::kOnDemand : Attachment::kAtOnce};
}

std::string ResolverFor(const NetworkPlan& plan) {
  if (plan.own_namespace && plan.attachment == Attachment::kNever) return {};  // nobody is in reach
  const std::string host = ReadFileIfExists("/etc/resolv.conf").value_or("");
  return plan.own_namespace ? ResolvConfFor(kHelperNameServer, host) : ResolvConf(host);
}

std::string DescribeDefaultNetwork(const NetworkTool& tool) {
  if (tool.program.empty()) return "the one of this machine: " + tool.obstacle;
  return fmt::format("each step has its own, by {}", tool.program);
}

}  // namespace ibuild::builder
