#include <fmt/format.h>

#include <csignal>

#include "cli/commands/all.h"
#include "cli/container_spec.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/render/error_report.h"
#include "cli/render/output.h"
#include "cli/step_options.h"
#include "cli/wiring.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/image_parts.h"
#include "layers/store/store.h"
#include "oci/image_resolver.h"
#include "sandbox/executor.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class RunCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    container_.Declare(options);
    DeclareLimits(options, container_.limits);
    DeclareHostOptions(options, container_.host);
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Choice("--pull", {"missing", "always", "never"}, "When to ask the registry", pull_);
    options.Switch("--rm", "Leave nothing behind; always so", accepted_);
    options.Switch("-i,--interactive", "Read the terminal even when the output goes elsewhere",
                   interactive_);
    options.Switch("-t,--tty", "Use the terminal; always so when there is one", accepted_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    wiring.settings().progress = "quiet";  // the terminal is the container's
    layers::Store& store = wiring.store();
    const oci::ResolvedImage image = Resolve(wiring, operands[0]);
    wiring.BecomeRoot();
    const auto lowers = layers::UnpackImage(store, image.content, image.config, wiring.reporter());
    const layers::StagedLayer scratch = store.layer_directories().Stage();  // never committed
    builder::SandboxSpec spec =
        container_.MakeSpec(image.config.config, {operands.begin() + 1, operands.end()});
    spec.root = {.lowers = lowers, .upper = scratch.upper(), .work = scratch.work()};
    try {
      const builder::ProcessIo io = {.output = {}, .inherit = true, .interactive = interactive_};
      return End(wiring.executor().Run(spec, io, {}), wiring.reporter());
    } catch (const Error& error) {
      const int code = ExitCodeOfStart(error);
      if (code == kExitFailed) throw;
      StandardError()(RenderError(error, Palette(wiring.settings().color)));
      return code;
    }
  }

 private:
  oci::ResolvedImage Resolve(Wiring& wiring, const std::string& name) const {
    const auto local = LookUpNamed(wiring, name);
    const oci::Reference reference =
        local ? ReferenceTo(wiring, *local) : oci::Reference::Parse(name);
    // What the store has it also uses: a name of ours is no registry's business.
    if (local && pull_ != "always") layers::PinImage(wiring.store(), local->descriptor);
    const auto policy = pull_ == "always"  ? oci::PullPolicy::kAlways
                        : pull_ == "never" ? oci::PullPolicy::kNever
                                           : oci::PullPolicy::kMissing;
    oci::ResolvedImage image = wiring.resolver().Resolve(reference, platform_, policy);
    wiring.resolver().FetchLayers(reference, image, {});
    return image;
  }

  // The exit code is the first process's own: what became of the others is for it to judge, and
  // for us to tell.
  int End(const builder::ExecutionResult& result, Reporter& reporter) const {
    const int code = result.status.ShellCode();
    if (result.usage.oom_kills == 0) return code;
    const std::uint64_t limit = container_.limits.memory_bytes.value_or(0);
    reporter.Log(LogLevel::kWarning,
                 fmt::format("{} killed for using more memory than the limit of {} (peak {}); a "
                             "higher `--memory` allows more",
                             result.status.signal == SIGKILL ? "the container was"
                                                             : "a process of the container was",
                             FormatByteSize(limit), FormatByteSize(result.usage.peak_memory)));
    return code;
  }

  ContainerOptions container_;
  oci::Platform platform_ = oci::Platform::Host();
  std::string pull_ = "missing";
  bool accepted_ = false;
  bool interactive_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeRun() { return std::make_unique<RunCommand>(); }

}  // namespace ibuild::cli
