#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/push_image.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "layers/store/find_image.h"
#include "layers/store/image_parts.h"

namespace ibuild::cli {
namespace {

class PushCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareExportOptions(options, export_);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    const layers::FoundImage image = layers::FindImage(wiring.store(), operands[0]);
    layers::PinImage(wiring.store(), image.descriptor);
    const oci::Reference target = image.name.value_or(image.names.front());
    const registry::PushReceipt receipt =
        PushImage(wiring, image.descriptor, {.name = target}, export_);
    WriteStandardOutput(receipt.root.digest.ToString() + "\n");
    return kExitOk;
  }

 private:
  layers::ExportOptions export_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakePush() { return std::make_unique<PushCommand>(); }

}  // namespace ibuild::cli
