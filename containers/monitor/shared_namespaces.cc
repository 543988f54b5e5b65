#include "containers/monitor/shared_namespaces.h"

#include <fmt/format.h>
#include <sched.h>

#include <string_view>
#include <utility>

#include "support/error.h"

namespace ibuild::containers {
namespace {

constexpr std::string_view kOther = "container:";

void AddFrom(const std::string& mode, const builder::NamespaceKind& kind, std::string_view what,
             const ContainerStore& store, std::vector<builder::OtherNamespace>* shared) {
  if (!mode.starts_with(kOther)) return;
  const Container other = store.Find(std::string_view(mode).substr(kOther.size()));
  if (!IsAlive(other.state.status)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("cannot join {} of a non running container: "
                                                      "{}",
                                                      what, other.config.id))
        .WithHint(fmt::format("`ibuild start {}` starts it", other.config.name));
  }
  auto found = builder::FindOtherNamespace(static_cast<int>(other.state.pid), kind);
  if (found) shared->push_back(std::move(*found));
}

}  // namespace

std::vector<builder::OtherNamespace> FindShared(const ContainerConfig& config,
                                                const ContainerStore& store) {
  std::vector<builder::OtherNamespace> shared;
  AddFrom(config.host.network.mode, {"net", CLONE_NEWNET}, "network", store, &shared);
  AddFrom(config.host.pid_mode, {"pid", CLONE_NEWPID}, "pid", store, &shared);
  AddFrom(config.host.ipc_mode, {"ipc", CLONE_NEWIPC}, "ipc", store, &shared);
  return shared;
}

std::vector<std::string> HealthCommand(const HealthConfig& health, const ProcessConfig&) {
  if (health.test.empty()) return {};
  std::vector<std::string> rest(health.test.begin() + 1, health.test.end());
  if (health.test.front() != "CMD-SHELL") return rest;
  std::vector<std::string> command = {"/bin/sh", "-c"};
  command.insert(command.end(), rest.begin(), rest.end());
  return command;
}

}  // namespace ibuild::containers
