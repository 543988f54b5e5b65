#include "containers/monitor/shared_namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {
namespace {

constexpr std::string_view kOther = "container:";

// Ours, to come back to.
UniqueFd Join(const std::string& mode, const ContainerStore& store, const char* kind, int flag) {
  if (!mode.starts_with(kOther)) return UniqueFd();
  const Container other = store.Find(std::string_view(mode).substr(kOther.size()));
  if (!IsAlive(other.state.status)) {
    throw Error(ErrorKind::kInvalidInput, fmt::format("cannot join {} of a non running container: "
                                                      "{}",
                                                      kind, other.config.id))
        .WithHint(fmt::format("`ibuild start {}` starts it", other.config.name));
  }
  UniqueFd own = OpenFile(fmt::format("/proc/self/ns/{}", kind), O_RDONLY);
  const UniqueFd fd = OpenFile(fmt::format("/proc/{}/ns/{}", other.state.pid, kind), O_RDONLY);
  if (setns(fd.get(), flag) != 0) ThrowErrno("joining a namespace of another container");
  return own;
}

}  // namespace

SharedNamespaces::SharedNamespaces(const ContainerConfig& config, const ContainerStore& store)
    : own_pid_(Join(config.host.pid_mode, store, "pid", CLONE_NEWPID)),
      own_ipc_(Join(config.host.ipc_mode, store, "ipc", CLONE_NEWIPC)) {}

SharedNamespaces::~SharedNamespaces() {
  if (own_pid_) setns(own_pid_.get(), CLONE_NEWPID);
  if (own_ipc_) setns(own_ipc_.get(), CLONE_NEWIPC);
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
