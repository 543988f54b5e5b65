#include "builder/sandbox/network.h"

#include "builder/sandbox/network_files.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

// systemd-resolved's list of the servers behind its stub.
constexpr const char* kUpstreamServers = "/run/systemd/resolve/resolv.conf";

}  // namespace

NetworkPlan PlanNetwork(NetworkMode mode) {
  return {.own_namespace = mode == NetworkMode::kNone, .join_shared = false};
}

std::string ResolverFor(const NetworkPlan& plan) {
  if (plan.own_namespace && !plan.join_shared) return {};  // nobody could be reached
  const std::string host = ReadFileIfExists("/etc/resolv.conf").value_or("");
  if (plan.own_namespace && OnlyStubResolver(host)) {
    if (const auto upstream = ReadFileIfExists(kUpstreamServers)) {
      return ResolvConf(*upstream, true);
    }
  }
  return ResolvConf(host, plan.own_namespace);
}

std::string DescribeDefaultNetwork() { return "the host's network"; }

}  // namespace ibuild::builder
