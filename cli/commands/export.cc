#include "layers/archive/export.h"

#include "cli/commands/all.h"
#include "cli/containers/export_container.h"
#include "cli/containers/open_engine.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/snapshot/unpack_image.h"

namespace ibuild::cli {
namespace {

class ExportCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-o,--output", "FILE", "Write FILE (default: standard output)", output_);
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    if (ExportedContainer(wiring, operands[0])) return kExitOk;
    layers::Store& store = wiring.store();
    const LocalImage image = FindImage(wiring, operands[0], platform_);
    wiring.BecomeRoot();
    ResultFile file(output_);
    layers::UnpackImage(store, image.content, image.config, wiring.reporter());
    layers::WriteRootfsTar(store, {{.layers = image.config.diff_ids}}, file.sink());
    file.Commit();
    return kExitOk;
  }

 private:
  // A container comes before an image of the same name, and Docker's word knows no image.
  bool ExportedContainer(Wiring& wiring, const std::string& name) const {
    const containers::Engine engine = OpenEngine(wiring);
    const bool may_be_image = wiring.settings().tool == ToolKind::kIbuild;
    const auto container = may_be_image ? engine.containers().LookUp(name)
                                        : std::optional(engine.containers().Find(name));
    if (container) ExportContainer(engine, *container, output_);
    return container.has_value();
  }

  std::string output_ = "-";
  oci::Platform platform_ = oci::Platform::Host();
};

}  // namespace

std::unique_ptr<Command> MakeExport() { return std::make_unique<ExportCommand>(); }

}  // namespace ibuild::cli
