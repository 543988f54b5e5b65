// skopeo's inspect; `inspect --remote` is a part of inspect.cc.
#include "cli/commands/remote.h"
#include "cli/registry_options.h"
#include "cli/remote/inspect_remote.h"
#include "cli/wiring.h"

namespace ibuild::cli {
namespace {

class RemoteInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--raw", "Show the manifest's own bytes, of an index the index's", asked_.raw);
    options.Switch("--config", "Show the configuration, with --raw its own bytes", asked_.config);
    options.Value("-f,--format", "TEMPLATE", "Show what a Go template says, or `json`",
                  asked_.format);
    options.Switch("-n,--no-tags", "Do not list the repository's tags",
                   [this](bool without) { asked_.tags = !without; });
    options.Custom("--platform", "OS/ARCH", "Of this platform", [this](const std::string& text) {
      asked_.platform = oci::Platform::Parse(text);
    });
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    return InspectRemote(wiring, operands, asked_);
  }

 private:
  RemoteInspection asked_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeRemoteInspect() { return std::make_unique<RemoteInspectCommand>(); }

}  // namespace ibuild::cli
