#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/containers/commands.h"
#include "cli/containers/open_engine.h"
#include "cli/containers/run_options.h"
#include "cli/exit_code.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "containers/engine/container_spec.h"
#include "containers/engine/engine.h"
#include "containers/monitor/start_failure.h"
#include "containers/state/detached_process.h"
#include "containers/state/oom_score.h"
#include "containers/state/processors.h"
#include "oci/image_config.h"
#include "sandbox/process/enter.h"
#include "sandbox/process/raw_terminal.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

using containers::Container;
using containers::Engine;

class ExecCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-d,--detach", "Do not wait for it", detach_);
    options.Switch("-i,--interactive", "Pass standard input on", interactive_);
    options.Switch("-t,--tty", "Give it a terminal", tty_);
    options.Each("-e,--env", "NAME[=VALUE]", "Set a variable; repeat", env_);
    options.Each("--env-file", "FILE", "Set the variables of a file; repeat", env_files_);
    options.Value("-u,--user", "USER[:GROUP]", "Run as USER", user_);
    options.Value("-w,--workdir", "DIR", "Start in DIR", working_dir_);
    options.Switch("--privileged", "All capabilities, no filter", privileged_);
    options.Custom("--detach-keys", "KEYS", "Accepted", [](const auto&) {});
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    const Engine engine = OpenEngine(wiring);
    const Container container = engine.containers().Find(operands[0]);
    CheckRuns(container);
    if (tty_ && interactive_ && !detach_ && !builder::IsTerminal(STDIN_FILENO)) {
      throw Error(ErrorKind::kInvalidInput, "the input device is not a TTY")
          .WithHint("leave out `-t` where standard input is a pipe or a file");
    }
    builder::SandboxSpec spec = containers::MakeSpec(container, {});
    spec.argv.assign(operands.begin() + 1, operands.end());
    Adjust(container, &spec);
    { const FileLock entered = engine.EnterUserNamespace(); }
    const containers::OnProcessors processors(container.config.host.processors);
    const containers::WithOomScore oom_score(container.config.host.oom_score_adjustment);
    const builder::EnterRequest request{.spec = spec,
                                        .first_process = static_cast<int>(container.state.pid),
                                        .control_groups = container.state.control_groups};
    try {
      return detach_ ? LeaveRunning(wiring, request) : Stay(request);
    } catch (const Error& error) {
      StandardError()(RenderError(error, Palette(wiring.settings().color)));
      const int code = containers::StartExitCode(error, spec.argv);
      return code == 125 ? kExitFailed : code;
    }
  }

 private:
  static void CheckRuns(const Container& container) {
    if (container.state.status == containers::Status::kPaused) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("Container {} is paused, unpause the container before exec",
                              container.config.name))
          .WithHint(fmt::format("`ibuild unpause {}`", container.config.name));
    }
    if (containers::IsAlive(container.state.status)) return;
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("container {} is not running", container.config.id))
        .WithHint(fmt::format("`ibuild start {}` starts it", container.config.name));
  }

  void Adjust(const Container& container, builder::SandboxSpec* spec) const {
    if (user_) spec->user = *user_;
    if (working_dir_) spec->working_directory = *working_dir_;
    if (tty_ && !container.config.process.tty) oci::SetEnv(spec->env, "TERM", "xterm");
    SetVariables(env_files_, env_, &spec->env);
    if (privileged_) spec->security = builder::SecurityMode::kInsecure;
  }

  int Stay(const builder::EnterRequest& request) const {
    // Without -i the command has no input; without -t no terminal, even where we have one.
    builder::ProcessIo io;
    io.inherit = true;
    io.interactive = interactive_;
    UniqueFd null;
    if (!interactive_) {
      null = OpenFile("/dev/null", O_RDONLY);
      dup2(null.get(), STDIN_FILENO);
    }
    io.plain = !tty_;
    return builder::Enter(request, io, {}).status.ShellCode();
  }

  static int LeaveRunning(Wiring& wiring, const builder::EnterRequest& request) {
    wiring.WithoutThreads([&] {
      containers::StartDetached({}, [&](containers::Starting* starting) {
        starting->Succeed({});
        builder::Enter(request, {}, {});
      });
    });
    return kExitOk;
  }

  bool detach_ = false;
  bool interactive_ = false;
  bool tty_ = false;
  bool privileged_ = false;
  std::vector<std::string> env_;
  std::vector<std::string> env_files_;
  std::optional<std::string> user_;
  std::optional<std::string> working_dir_;
};

}  // namespace

std::unique_ptr<Command> MakeExec() { return std::make_unique<ExecCommand>(); }

}  // namespace ibuild::cli
