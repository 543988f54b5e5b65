#include "containers/monitor/monitor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "containers/model/status.h"
#include "containers/monitor/clients.h"
#include "containers/monitor/confinement.h"
#include "containers/monitor/container_network.h"
#include "containers/monitor/container_streams.h"
#include "containers/monitor/health_check.h"
#include "containers/monitor/log_file.h"
#include "containers/monitor/shared_namespaces.h"
#include "containers/monitor/start_failure.h"
#include "containers/state/oom_score.h"
#include "containers/state/process_id.h"
#include "containers/state/processors.h"
#include "containers/state/unix_socket.h"
#include "sandbox/host/cgroup.h"
#include "sandbox/process/container_start.h"
#include "sandbox/process/enter.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

class Monitor {
 public:
  Monitor(const ContainerStore& store, const NetworkStore& networks, MonitorOrder order)
      : store_(store),
        container_(std::move(order.container)),
        spec_(std::move(order.spec)),
        renew_(std::move(order.renew)),
        alive_(Occupy(container_)),
        listener_(ListenAt(container_.files.socket())),
        log_(container_.files.log()),
        network_(networks, store) {
    if (order.first_client) clients_.Add(std::move(order.first_client));
  }

  void Run(Starting* starting) {
    for (;;) {
      Begin();
      if (!starting->over()) starting->Succeed(std::to_string(container_.state.pid));
      Watch();
      Conclude();
      if (!AwaitRestart()) break;
    }
    Leave();
  }

 private:
  static FileLock Occupy(const Container& container) {
    auto lock = FileLock::TryAcquire(container.files.alive_lock(), FileLock::Mode::kExclusive);
    if (lock) return std::move(*lock);
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("container {} is being started or is running", container.config.name));
  }

  void Begin() {
    const ProcessConfig& process = container_.config.process;
    streams_.emplace(process.tty, process.open_stdin);
    network_.OpenPorts(container_);
    StartProcess(network_.Prepare(container_));
    streams_->Begin(std::move(running_->terminal));
    if (rows_ > 0) streams_->Resize(rows_, columns_);
    network_.StartForwarding();
    health_.emplace(process.health, [this] { return Probe(); });
    WriteRunning();
    store_.Note(container_, "start");
    // Asked for before there was anything to send a signal to.
    if (container_.state.stop_asked) Signal(SIGKILL);
  }

  void StartProcess(const ContainerNetwork::Plan& plan) {
    Confinement confinement(container_.config);
    std::function<void(int)> connect;
    if (plan.connected) {
      connect = [&](int net_namespace) {
        confinement.DoOutside([&] { network_.Connect(container_, net_namespace); });
      };
    }
    running_.reset();
    running_.emplace(builder::StartContainer({.spec = spec_,
                                              .streams = streams_->theirs(),
                                              .plan = streams_->plan(),
                                              .own_network = plan.own,
                                              .joined = FindShared(container_.config, store_),
                                              .connect = connect}));
  }

  void WriteRunning() {
    store_.Change(&container_, [&](ContainerState& state) {
      state.status = After(state.status, Event::kStart, container_.config.name);
      state.pid = running_->process.pid();
      state.pid_start = StartTimeOf(state.pid).value_or(0);
      state.boot = BootId();
      state.started = NowNanoseconds();
      state.oom_killed = false;
      state.error.clear();
      state.exit_code = 0;
      state.control_groups.clear();
      for (const auto& group : running_->cgroup.Directories()) {
        state.control_groups.push_back(group.native());
      }
      state.endpoints = network_.Endpoints();
      state.ports = network_.ports();
      state.health = health_->health();
    });
  }

  // Until the first process is gone, and with it all that it started.
  void Watch() {
    enum : std::size_t { kEnd, kListener, kOutput, kErrors, kInput, kControl, kHealth, kClients };
    for (;;) {
      const bool reading = !clients_.IsBacklogged();
      std::vector<pollfd> waits(kClients);
      waits[kEnd] = {running_->process.pidfd(), POLLIN, 0};
      waits[kListener] = {listener_.get(), POLLIN, 0};
      waits[kOutput] = {reading ? streams_->output() : -1, POLLIN, 0};
      waits[kErrors] = {reading ? streams_->errors() : -1, POLLIN, 0};
      waits[kInput] = {streams_->input(), POLLOUT, 0};
      waits[kControl] = {HasInit() ? running_->process.control() : -1, POLLIN, 0};
      waits[kHealth] = {health_->fd(), POLLIN, 0};
      clients_.AppendWaits(&waits, streams_->accepts_input());
      if (poll(waits.data(), waits.size(), health_->Patience()) < 0) {
        if (errno != EINTR) ThrowErrno("watching the container");
        continue;
      }
      // First, so that whoever asked for the output from the first byte on gets that one too.
      clients_.Continue(waits.data() + kClients, MessageHandler());
      if (waits[kOutput].revents != 0) Pass(Stream::kOutput);
      if (waits[kErrors].revents != 0) Pass(Stream::kErrors);
      if (waits[kInput].revents != 0) streams_->ContinueInput();
      if (waits[kListener].revents != 0) Admit(AcceptFrom(listener_.get()));
      if (waits[kControl].revents != 0) HearInit();
      if (health_->Continue(waits[kHealth].revents != 0)) WriteHealth();
      if (waits[kEnd].revents != 0) return;
    }
  }

  void Admit(UniqueFd client) {
    if (client) clients_.Add(std::move(client));
  }

  bool HasInit() const { return !spec_.traits.first_process && !running_->command_end && !deaf_; }

  void HearInit() {
    try {
      builder::HearInit(&*running_, spec_);
    } catch (const Error& error) {
      start_error_ = error;
    }
    pollfd wait{running_->process.control(), POLLIN, 0};
    deaf_ = poll(&wait, 1, 0) > 0 && (wait.revents & POLLHUP) != 0;
  }

  bool Pass(Stream stream) {
    const std::string_view bytes = streams_->Read(stream);
    if (bytes.empty()) return false;
    clients_.Broadcast(stream == Stream::kErrors ? MessageKind::kErrors : MessageKind::kOutput,
                       bytes);
    log_.Write(stream, bytes, NowNanoseconds());
    return true;
  }

  Clients::Handler MessageHandler() {
    return [this](Clients::Client& client, const SessionMessage& message) {
      try {
        Handle(client, message);
      } catch (const Error& error) {
        clients_.Reply(client, MessageKind::kFailed, error.message());
      }
    };
  }

  void Handle(Clients::Client& client, const SessionMessage& message) {
    switch (message.kind) {
      case MessageKind::kAttach:
        client.attached = true;
        client.input = message.text == "i";
        return;
      case MessageKind::kAwait:
        client.awaiting = true;
        return;
      case MessageKind::kInput:
        return streams_->Type(message.text);
      case MessageKind::kInputEnd:
        return streams_->EndInput();
      case MessageKind::kResize:
        return Resize(message.text);
      case MessageKind::kSignal:
        return Signal(std::atoi(std::string(message.text).c_str()));
      case MessageKind::kConnect:
        return Connect(client, message.text);
      case MessageKind::kDisconnect:
        network_.Leave(std::string(message.text));
        WriteEndpoints();
        return clients_.Reply(client, MessageKind::kDone, {});
      case MessageKind::kOutput:
      case MessageKind::kErrors:
      case MessageKind::kExit:
      case MessageKind::kDone:
      case MessageKind::kFailed:
        return;
    }
  }

  void Resize(std::string_view text) {
    const auto parts = Split(text, ' ');
    if (parts.size() != 2) return;
    rows_ = static_cast<int>(ParseUnsigned(parts[0]).value_or(0));
    columns_ = static_cast<int>(ParseUnsigned(parts[1]).value_or(0));
    if (streams_) streams_->Resize(rows_, columns_);
  }

  void Signal(int number) const {
    if (running_) SendSignal(container_.state.pid, container_.state.pid_start, number);
  }

  void Connect(Clients::Client& client, std::string_view text) {
    const Json document = ParseJson(text, "request to connect");
    const JsonReader json(document, "request to connect");
    const UniqueFd fd = OpenFile(fmt::format("/proc/{}/ns/net", container_.state.pid), O_RDONLY);
    network_.Join(container_, json.String("network"), fd.get(), json.StringsIf("aliases"),
                  json.String("address"));
    WriteEndpoints();
    clients_.Reply(client, MessageKind::kDone, {});
  }

  void WriteEndpoints() {
    store_.Change(&container_,
                  [&](ContainerState& state) { state.endpoints = network_.Endpoints(); });
  }

  void WriteHealth() {
    const std::string before = container_.state.health.status;
    store_.Change(&container_, [&](ContainerState& state) { state.health = health_->health(); });
    const std::string& status = container_.state.health.status;
    if (status != before) store_.Note(container_, "health_status: " + status);
  }

  // A child that runs the check in the container and ends with its exit code.
  HealthCheck::Probe Probe() {
    Pipe pipe = MakePipe();
    const pid_t child = fork();
    if (child < 0) ThrowErrno("starting a health check");
    if (child > 0) return {child, std::move(pipe.read_end)};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    const int output = pipe.write_end.get();
    int code = 125;
    try {
      const OnProcessors processors(container_.config.host.processors);
      const WithOomScore oom_score(container_.config.host.oom_score_adjustment);
      builder::SandboxSpec spec = spec_;
      spec.argv = HealthCommand(*container_.config.process.health, container_.config.process);
      const builder::ProcessIo io{.output = [output](std::string_view bytes) {
        [[maybe_unused]] const ssize_t done = write(output, bytes.data(), bytes.size());
      }};
      code = builder::Enter({.spec = spec,
                             .first_process = static_cast<int>(container_.state.pid),
                             .control_groups = container_.state.control_groups},
                            io, {})
                 .status.ShellCode();
    } catch (const std::exception& error) {
      const std::string text = error.what();
      [[maybe_unused]] const ssize_t done = write(output, text.data(), text.size());
    }
    _exit(code);
  }

  void Conclude() {
    if (!spec_.traits.first_process) HearInit();
    const ExitStatus end = builder::EndOf(&*running_);
    while (streams_->output() >= 0 && Pass(Stream::kOutput)) {
    }
    while (streams_->errors() >= 0 && Pass(Stream::kErrors)) {
    }
    exit_code_ = start_error_ ? StartExitCode(*start_error_, spec_.argv) : end.ShellCode();
    const bool out_of_memory = running_->cgroup.Usage().oom_kills > 0;
    if (out_of_memory && container_.config.host.limits.memory > 0) TellOfMemory();
    log_.Flush(NowNanoseconds());
    health_.reset();
    network_.Close();
    running_.reset();
    std::vector<std::string> groups;
    store_.Change(&container_, [&](ContainerState& state) {
      groups = std::move(state.control_groups);
      state.status = Status::kExited;
      state.pid = 0;
      state.exit_code = exit_code_;
      state.oom_killed = out_of_memory;
      state.finished = NowNanoseconds();
      if (start_error_) state.error = start_error_->message();
      state.endpoints.clear();
      state.ports.clear();
      state.control_groups.clear();
      state.health = {};
    });
    for (const std::string& group : groups) builder::RemoveGroup(group);  // those of `update`
    if (out_of_memory) store_.Note(container_, "oom");
    store_.Note(container_, "die", {{"exitCode", std::to_string(exit_code_)}});
  }

  void TellOfMemory() {
    const auto limit = static_cast<std::uint64_t>(container_.config.host.limits.memory);
    // The end of another process is the affair of the first one.
    const bool whole = exit_code_ == 128 + SIGKILL;
    const std::string text = fmt::format(
        "ibuild: out of memory: {} was killed for using more memory than its limit of {}; a higher "
        "`--memory` allows more\n",
        whole ? "the container" : "a process of the container", FormatByteSize(limit));
    clients_.Broadcast(MessageKind::kErrors, text);
    log_.Write(Stream::kErrors, text, NowNanoseconds());
  }

  // Waits as long as the policy says; false: there will be no restart.
  bool AwaitRestart() {
    ReadConfig();
    if (!MayRestart(container_.config.host.restart)) return false;
    store_.Change(&container_, [&](ContainerState& state) {
      state.status = After(state.status, Event::kAwaitRestart, container_.config.name);
      ++state.restarts;
    });
    constexpr std::int64_t kLook = 50;  // ms between looks whether it is still wanted
    for (std::int64_t left = RestartDelayMilliseconds(container_.state.restarts - 1); left > 0;
         left -= kLook) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(left, kLook)));
      store_.Change(&container_, [](ContainerState&) {});
      if (!container_.state.stop_asked) continue;
      store_.Change(&container_, [](ContainerState& state) { state.status = Status::kExited; });
      return false;
    }
    ReadConfig();
    spec_ = renew_(container_);
    return true;
  }

  // `update`, `rename` and `network connect` change it while we run, and while we wait.
  void ReadConfig() { container_.config = store_.Reload(container_.config.id).config; }

  bool MayRestart(const RestartPolicy& policy) const {
    return !start_error_ && ShouldRestart({.policy = policy.name,
                                           .most = policy.most,
                                           .restarts = container_.state.restarts,
                                           .exit_code = exit_code_,
                                           .stop_asked = container_.state.stop_asked});
  }

  // What clients hear last is true already when they hear it: it can be started again, or is gone.
  void Leave() {
    alive_.reset();
    if (container_.config.host.auto_remove) {
      const FileLock lock =
          FileLock::Acquire(container_.files.change_lock(), FileLock::Mode::kExclusive);
      RemoveWithVolumes(store_, container_);
    }
    clients_.Broadcast(MessageKind::kExit, std::to_string(exit_code_));
    constexpr int kPatience = 5'000;  // ms without any progress
    while (clients_.HasPending()) {
      std::vector<pollfd> waits;
      clients_.AppendWaits(&waits, false);
      if (poll(waits.data(), waits.size(), kPatience) <= 0) return;
      clients_.Continue(waits.data(), [](Clients::Client&, const SessionMessage&) {});
    }
  }

  const ContainerStore& store_;
  Container container_;
  builder::SandboxSpec spec_;
  MakesSpec renew_;
  std::optional<FileLock> alive_;
  UniqueFd listener_;
  LogWriter log_;
  ContainerNetwork network_;
  Clients clients_;
  std::optional<ContainerStreams> streams_;
  std::optional<builder::RunningContainer> running_;
  std::optional<HealthCheck> health_;
  std::optional<Error> start_error_;  // of a program that init could not start
  bool deaf_ = false;
  int rows_ = 0;
  int columns_ = 0;
  int exit_code_ = 0;
};

}  // namespace

void RunMonitor(const ContainerStore& store, const NetworkStore& networks, MonitorOrder order,
                Starting* starting) {
  prctl(PR_SET_NAME, "ibuild-monitor", 0, 0, 0);
  Container container = order.container;
  const std::vector<std::string> arguments = order.spec.argv;
  try {
    Monitor(store, networks, std::move(order)).Run(starting);
  } catch (const Error& error) {
    store.Change(&container, [&](ContainerState& state) {
      if (IsAlive(state.status) || state.status == Status::kRestarting) {
        state.status = Status::kExited;
        state.finished = NowNanoseconds();
        state.pid = 0;
      }
      state.exit_code = StartExitCode(error, arguments);
      state.error = error.message();
    });
    throw;
  }
}

}  // namespace ibuild::containers
