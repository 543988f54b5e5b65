#include "registry/transfer/pull.h"

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class PullCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Switch("--all-platforms", "All images of an index", all_platforms_);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Reference name = oci::Reference::Parse(operands[0]);
    layers::Store& store = wiring.store();
    const registry::PulledImage pulled =
        registry::Pull(Request(wiring, name), wiring.registry(), store.blobs(), wiring.reporter());
    store.names().Set({{name, pulled.root}});
    wiring.FinishReporting();
    wiring.reporter().Log(LogLevel::kInfo, Summary(name, pulled));
    WriteStandardOutput(pulled.root.digest.ToString() + "\n");
    return kExitOk;
  }

 private:
  registry::PullRequest Request(Wiring& wiring, const oci::Reference& name) const {
    std::optional<oci::Platform> platform = platform_.value_or(oci::Platform::Host());
    if (all_platforms_) platform.reset();
    return {.source = name, .platform = platform, .layers = true, .stop = wiring.stop()};
  }

  static std::string Summary(const oci::Reference& name, const registry::PulledImage& pulled) {
    return fmt::format("pulled {}: {} blobs fetched ({}), {} were here already", name.Familiar(),
                       pulled.fetched, FormatByteSize(pulled.fetched_bytes), pulled.existed);
  }

  std::optional<oci::Platform> platform_;
  bool all_platforms_ = false;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakePull() { return std::make_unique<PullCommand>(); }

}  // namespace ibuild::cli
