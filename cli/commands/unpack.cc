#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/wiring.h"
#include "layers/archive/export.h"
#include "layers/snapshot/unpack_image.h"

namespace ibuild::cli {
namespace {

class UnpackCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    const LocalImage image = FindImage(store, operands[0], platform_);
    wiring.BecomeRoot();
    layers::UnpackImage(store, image.content, image.config, wiring.reporter());
    layers::WriteRootfsDirectory(store, image.config.diff_ids, operands[1]);
    return kExitOk;
  }

 private:
  oci::Platform platform_ = oci::Platform::Host();
};

}  // namespace

std::unique_ptr<Command> MakeUnpack() { return std::make_unique<UnpackCommand>(); }

}  // namespace ibuild::cli
