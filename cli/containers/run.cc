// `run`, `create`, `start` and `attach`: containers that are made, started, and watched.
#include <fcntl.h>
#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "cli/containers/commands.h"
#include "cli/containers/create.h"
#include "cli/containers/each.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/attach.h"
#include "containers/monitor/start_failure.h"
#include "containers/state/unix_socket.h"
#include "sandbox/process/raw_terminal.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

using containers::AttachEnd;
using containers::AttachOptions;
using containers::Container;
using containers::Engine;

constexpr int kKilled = 128 + SIGKILL;

// Starts it with us attached from the first byte, and stays to its end; its exit code.
int StartAttached(const Engine& engine, Container* container, const AttachOptions& options,
                  FileLock entered) {
  containers::SocketPair pair = containers::MakeSocketPair();
  containers::SendAttach(pair.ours.get(), options);
  engine.Start(container, std::move(pair.theirs));
  { const FileLock done = std::move(entered); }
  const AttachEnd end = containers::Attach(pair.ours.get(), options);
  if (end.exit_code) return *end.exit_code;
  return end.detached ? kExitOk : kKilled;
}

void CheckTerminal(const RunOptions& options) {
  if (!options.tty() || !options.interactive() || options.detach()) return;
  if (builder::IsTerminal(0)) return;
  throw Error(ErrorKind::kInvalidInput, "the input device is not a TTY")
      .WithHint("leave out `-t` where standard input is a pipe or a file");
}

void WriteIdFile(const std::string& path, const std::string& id) {
  if (path.empty()) return;
  UniqueFd file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  WriteAll(file.get(), id);
  file.Close();
}

class RunCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    CheckTerminal(options_);
    try {
      registry_.ApplyTo(wiring.registry_settings());
      wiring.settings().progress = "quiet";  // the terminal is the container's
      const Engine engine = OpenEngine(wiring);
      return StartOrRemove(wiring, engine, CreateContainer(wiring, engine, options_, operands));
    } catch (const Error& error) {
      // A code of its own, so that it is not taken for the program's.
      if (wiring.interrupt_signal() != 0) throw;
      return Fail(wiring, error, {});
    }
  }

 private:
  static int Fail(Wiring& wiring, const Error& error, const std::vector<std::string>& program) {
    wiring.FinishReporting();
    StandardError()(RenderError(error, Palette(wiring.settings().color)));
    return containers::StartExitCode(error, program);
  }

  int StartOrRemove(Wiring& wiring, const Engine& engine, Created created) const {
    try {
      WriteIdFile(options_.id_file(), created.container.config.id);
      return Start(engine, std::move(created));
    } catch (const Error& error) {
      if (created.container.config.host.auto_remove) {
        containers::RemoveWithVolumes(engine.containers(), created.container);
      }
      return Fail(wiring, error, created.container.config.process.Arguments());
    }
  }

  int Start(const Engine& engine, Created&& created) const {
    if (options_.detach()) {
      engine.Start(&created.container, UniqueFd());
      WriteStandardOutput(created.container.config.id + "\n");
      return kExitOk;
    }
    const AttachOptions attach{.input = options_.interactive(),
                               .tty = options_.tty(),
                               .pass_signals = options_.pass_signals() && !options_.tty()};
    return StartAttached(engine, &created.container, attach, std::move(created.entered));
  }

  RunOptions options_;
  RegistryOptions registry_;
};

class CreateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    wiring.settings().progress = "quiet";
    const Engine engine = OpenEngine(wiring);
    const Created created = CreateContainer(wiring, engine, options_, operands);
    WriteIdFile(options_.id_file(), created.container.config.id);
    WriteStandardOutput(created.container.config.id + "\n");
    return kExitOk;
  }

 private:
  RunOptions options_;
  RegistryOptions registry_;
};

class StartCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--attach", "Stay, with its output, to its end", attach_);
    options.Switch("-i,--interactive", "Pass standard input on", interactive_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    if (attach_ || interactive_) return StartOne(engine, operands);
    FileLock entered = engine.EnterUserNamespace();
    return ForEach(wiring, operands, [&](const std::string& name) {
      Container container = engine.containers().Find(name);
      if (container.state.status != containers::Status::kRunning) {
        engine.Start(&container, UniqueFd());
      }
      WriteStandardOutput(name + "\n");
    });
  }

 private:
  int StartOne(const Engine& engine, const std::vector<std::string>& operands) const {
    if (operands.size() != 1) {
      throw Error(ErrorKind::kUsage, "you cannot start and attach multiple containers at once");
    }
    Container container = engine.containers().Find(operands[0]);
    const AttachOptions attach{.input = interactive_ && container.config.process.open_stdin,
                               .tty = container.config.process.tty,
                               .pass_signals = !container.config.process.tty};
    return StartAttached(engine, &container, attach, engine.EnterUserNamespace());
  }

  bool attach_ = false;
  bool interactive_ = false;
};

class AttachCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--no-stdin", "Do not pass standard input on", no_stdin_);
    options.Switch("--sig-proxy", "Pass signals on (default: true)", pass_signals_);
    options.Custom("--detach-keys", "KEYS", "Accepted: they are Ctrl-P Ctrl-Q", [](const auto&) {});
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    if (container.state.status == containers::Status::kPaused) {
      throw Error(ErrorKind::kInvalidInput,
                  "You cannot attach to a paused container, unpause it first");
    }
    const bool tty = container.config.process.tty;
    const AttachOptions options{.input = !no_stdin_ && container.config.process.open_stdin,
                                .tty = tty,
                                .pass_signals = pass_signals_ && !tty};
    const UniqueFd connection = engine.Connect(container);
    containers::SendAttach(connection.get(), options);
    const AttachEnd end = containers::Attach(connection.get(), options);
    return end.exit_code.value_or(end.detached ? kExitOk : kKilled);
  }

 private:
  bool no_stdin_ = false;
  bool pass_signals_ = true;
};

}  // namespace

std::unique_ptr<Command> MakeRun() { return std::make_unique<RunCommand>(); }
std::unique_ptr<Command> MakeCreate() { return std::make_unique<CreateCommand>(); }
std::unique_ptr<Command> MakeStart() { return std::make_unique<StartCommand>(); }
std::unique_ptr<Command> MakeContainerAttach() { return std::make_unique<AttachCommand>(); }

}  // namespace ibuild::cli
