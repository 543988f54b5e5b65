#include "registry/transfer/copy.h"

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"

namespace ibuild::cli {
namespace {

class CopyCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Only the image of this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    const registry::CopyRequest request{.source = oci::Reference::Parse(operands[0]),
                                        .target = oci::Reference::Parse(operands[1]),
                                        .platform = platform_,
                                        .stop = wiring.stop()};
    const auto receipt = registry::CopyImage(request, wiring.registry(), wiring.registry(), wiring.reporter());
    wiring.FinishReporting();
    WriteStandardOutput(receipt.root.digest.ToString() + "\n");
    return kExitOk;
  }

 private:
  std::optional<oci::Platform> platform_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeCopy() { return std::make_unique<CopyCommand>(); }

}  // namespace ibuild::cli
