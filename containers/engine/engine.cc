#include "containers/engine/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "containers/engine/container_spec.h"
#include "containers/engine/link_variables.h"
#include "containers/engine/processes.h"
#include "containers/model/status.h"
#include "containers/monitor/monitor.h"
#include "containers/monitor/session_message.h"
#include "containers/monitor/start_failure.h"
#include "containers/state/process_id.h"
#include "containers/state/spare_file.h"
#include "containers/state/unix_socket.h"
#include "oci/layer_id.h"
#include "sandbox/host/user_namespace.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDefaultPatience{10};

std::vector<oci::DiffId> LayersOf(const ContainerConfig& config) {
  std::vector<oci::DiffId> layers;
  for (const std::string& layer : config.layers) layers.push_back({oci::Digest::Parse(layer)});
  return layers;
}

std::vector<fs::path> FindLayers(layers::Store& store, const ContainerConfig& config) {
  auto found = store.layer_directories().FindStack(LayersOf(config));
  if (found) return std::move(*found);
  throw Error(ErrorKind::kNotFound,
              fmt::format("the layers of {} are not in the store any more", config.process.image))
      .WithHint(
          fmt::format("`ibuild pull {}` and start the container again", config.process.image));
}

UniqueFd UserNamespaceOf(std::int64_t pid) {
  auto fd = OpenFileIfExists(fmt::format("/proc/{}/ns/user", pid), O_RDONLY);
  return fd ? std::move(*fd) : UniqueFd();
}

// Of a process that holds what the containers of this user share.
UniqueFd FindSharedNamespace(const ContainerStore& containers) {
  for (const Container& container : containers.List()) {
    if (!IsAlive(container.state.status)) continue;
    if (UniqueFd fd = UserNamespaceOf(container.state.pid)) return fd;
  }
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(containers.layout().networks(), absent)) {
    if (!ConnectTo(entry.path() / "socket")) continue;
    const auto pid = ParseUnsigned(ReadFileIfExists(entry.path() / "pid").value_or(""));
    if (!pid) continue;
    if (UniqueFd fd = UserNamespaceOf(static_cast<std::int64_t>(*pid))) return fd;
  }
  return UniqueFd();
}

bool WaitFor(const UniqueFd& process, std::chrono::milliseconds patience) {
  pollfd wait{process.get(), POLLIN, 0};
  return poll(&wait, 1, static_cast<int>(patience.count())) > 0;
}

[[noreturn]] void NotRunning(const Container& container) {
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("container {} is not running", container.config.name))
      .WithHint(fmt::format("`ibuild start {}` starts it", container.config.name));
}

void SignalAll(const Container& container, int signal) {
  for (const std::int64_t pid : ProcessesOf(container)) kill(static_cast<pid_t>(pid), signal);
}

// A network with a name of its own knows all names, and needs no variables.
std::vector<std::string> Linked(const ContainerStore& containers, const Container& container) {
  std::vector<std::string> variables;
  const NetworkOptions& network = container.config.host.network;
  if (network.mode != "bridge") return variables;
  for (const std::string& link : network.links) {
    const std::size_t colon = link.find(':');
    const auto other = containers.LookUp(link.substr(0, colon));
    if (!other || !IsAlive(other->state.status)) continue;
    for (auto& entry : LinkVariables(container.config.name, link.substr(colon + 1), *other)) {
      variables.push_back(std::move(entry));
    }
  }
  return variables;
}

}  // namespace

FileLock Engine::EnterUserNamespace() const {
  FileLock lock =
      FileLock::Acquire(store_.layout().locks() / "containers", FileLock::Mode::kExclusive);
  const UniqueFd shared = geteuid() == 0 ? UniqueFd() : FindSharedNamespace(containers_);
  single_threaded_([&] {
    if (shared) {
      builder::JoinUserNamespace(shared.get());
    } else {
      builder::EnterUserNamespace();
    }
  });
  return lock;
}

void Engine::Start(Container* container, UniqueFd client) const {
  const std::vector<fs::path> layers = FindLayers(store_, container->config);
  for (MountConfig& mount : container->config.mounts) {
    if (mount.type != "volume") continue;
    volumes_.Create({.name = mount.name, .created = 0, .anonymous = false, .labels = {}});
    if (mount.mode.find("nocopy") != std::string::npos) continue;
    volumes_.Fill(mount.name, layers::LayeredTree(layers), mount.destination);
  }
  containers_.Change(container, [&](ContainerState& state) {
    After(state.status, Event::kStart, container->config.name);
    state.stop_asked = false;
    state.restarts = 0;
  });
  KeepSpare(container->files.spare_state());  // the last one may be used up
  const MakesSpec make_spec = [this, layers](const Container& current) {
    return MakeSpec(current, layers, Linked(containers_, current));
  };
  MonitorOrder order{.container = *container,
                     .spec = make_spec(*container),
                     .renew = make_spec,
                     .first_client = std::move(client)};
  std::vector<int> keep;
  if (order.first_client) keep.push_back(order.first_client.get());
  single_threaded_([&] {
    StartDetached(keep, [&](Starting* starting) {
      RunMonitor(containers_, networks_, std::move(order), starting);
    });
  });
}

UniqueFd Engine::Connect(const Container& container) const {
  if (!containers_.IsMonitored(container.files)) NotRunning(container);
  UniqueFd connection = ConnectTo(container.files.socket());
  if (!connection) NotRunning(container);
  return connection;
}

void Engine::Kill(const Container& container, int signal) const {
  if (IsAlive(container.state.status)) {
    containers_.Note(container, "kill", {{"signal", std::to_string(signal)}});
  }
  if (!IsAlive(container.state.status) ||
      !SendSignal(container.state.pid, container.state.pid_start, signal)) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("cannot kill container: {}: container {} is not running",
                            container.config.name, container.config.id))
        .WithHint("`ibuild ps -a` shows what became of it");
  }
  if (signal == SIGKILL && container.state.status == Status::kPaused) {
    SignalAll(container, SIGCONT);
  }
}

void Engine::Stop(Container* container, std::optional<std::chrono::seconds> patience) const {
  containers_.Change(container, [](ContainerState& state) { state.stop_asked = true; });
  const ContainerState before = container->state;
  if (!containers_.IsMonitored(container->files)) return;
  const UniqueFd process = OpenProcess(before.pid, before.pid_start);
  if (process) {
    if (before.status == Status::kPaused) SignalAll(*container, SIGCONT);
    const ProcessConfig& config = container->config.process;
    const std::chrono::seconds wait = patience.value_or(
        config.stop_timeout ? std::chrono::seconds(*config.stop_timeout) : kDefaultPatience);
    const int signal = config.stop_signal.empty() ? SIGTERM : ParseSignal(config.stop_signal);
    containers_.Note(*container, "kill",
                     {{"signal", std::to_string(wait.count() != 0 ? signal : 9)}});
    if (wait.count() != 0) SendSignal(before.pid, before.pid_start, signal);
    const bool ended =
        wait.count() < 0 ? WaitFor(process, std::chrono::milliseconds(-1)) : WaitFor(process, wait);
    if (!ended) SendSignal(before.pid, before.pid_start, SIGKILL);
  }
  Wait(container->config.id);
  containers_.Note(*container, "stop");
}

void Engine::Pause(Container* container) const {
  containers_.Change(container, [&](ContainerState& state) {
    state.status = After(state.status, Event::kPause, container->config.name);
  });
  SignalAll(*container, SIGSTOP);
  containers_.Note(*container, "pause");
}

void Engine::Unpause(Container* container) const {
  containers_.Change(container, [&](ContainerState& state) {
    state.status = After(state.status, Event::kResume, container->config.name);
  });
  SignalAll(*container, SIGCONT);
  containers_.Note(*container, "unpause");
}

int Engine::Wait(const std::string& id) const {
  const ContainerFiles files = containers_.Reload(id).files;
  if (containers_.IsMonitored(files)) {
    const UniqueFd connection = ConnectTo(files.socket());
    if (connection) SendMessage(connection.get(), Encode(MessageKind::kAwait));
    while (connection) {
      const auto message = ReceiveMessage(connection.get());
      if (!message || message->bytes.empty()) break;
      const SessionMessage decoded = Decode(message->bytes);
      if (decoded.kind != MessageKind::kExit) continue;
      return static_cast<int>(ParseUnsigned(decoded.text).value_or(0));
    }
    // Killed, or just going: its lock tells.
    if (access(files.alive_lock().c_str(), F_OK) == 0) {
      FileLock::Acquire(files.alive_lock(), FileLock::Mode::kShared);
    }
  }
  return static_cast<int>(containers_.Reload(id).state.exit_code);
}

void Engine::Remove(Container container, bool force, bool volumes) const {
  if (containers_.IsMonitored(container.files)) {
    if (!force) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("cannot remove container \"{}\": container is {}: stop the container "
                              "before removing or force remove",
                              container.config.name, ToString(container.state.status)))
          .WithHint(fmt::format("`ibuild rm -f {}` kills and removes it", container.config.name));
    }
    containers_.Change(&container, [](ContainerState& state) { state.stop_asked = true; });
    containers_.Note(container, "kill", {{"signal", "9"}});
    SendSignal(container.state.pid, container.state.pid_start, SIGKILL);
    if (container.state.status == Status::kPaused) SignalAll(container, SIGCONT);
    Wait(container.config.id);
  }
  if (volumes) {
    RemoveWithVolumes(containers_, container);
  } else {
    containers_.Remove(container);
  }
}

}  // namespace ibuild::containers
