#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/wiring.h"
#include "layers/archive/export.h"
#include "layers/snapshot/unpack_image.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

class UnpackCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Switch("--force", "Also into a directory that is not empty", force_);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    RefuseFull(operands[1]);
    layers::Store& store = wiring.store();
    const LocalImage image = FindImage(wiring, operands[0], platform_);
    wiring.BecomeRoot();
    layers::UnpackImage(store, image.content, image.config, wiring.reporter());
    layers::WriteRootfsDirectory(store, image.config.diff_ids, operands[1]);
    return kExitOk;
  }

 private:
  void RefuseFull(const std::filesystem::path& directory) const {
    std::error_code ignored;
    if (force_ || !std::filesystem::is_directory(directory, ignored)) return;
    if (std::filesystem::is_empty(directory, ignored)) return;
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} is not empty", directory.native()))
        .WithHint("`--force` replaces what is in the way and leaves the rest");
  }

  bool force_ = false;
  oci::Platform platform_ = oci::Platform::Host();
};

}  // namespace

std::unique_ptr<Command> MakeUnpack() { return std::make_unique<UnpackCommand>(); }

}  // namespace ibuild::cli
