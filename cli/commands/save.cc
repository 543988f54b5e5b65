#include <fcntl.h>
#include <unistd.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/progress_options.h"
#include "cli/push_image.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/archive/export.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

class SaveCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-o,--output", "FILE", "Write FILE (default: standard output)", output_);
    DeclareExportOptions(options, export_);
    progress_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    layers::Store& store = wiring.store();
    const layers::NamedImage image = FindNames(store, operands[0]).front();
    ResultFile file(output_);
    wiring.BecomeRoot();
    const oci::Descriptor root =
        layers::MakeExportable(store, image.descriptor, export_, wiring.reporter());
    const auto kind = export_.types == oci::TypeFamily::kDocker ? layers::ArchiveKind::kDocker
                                                                : layers::ArchiveKind::kOci;
    layers::WriteArchive(store, kind, root, {image.name}, file.sink());
    file.Commit();
    return kExitOk;
  }

 private:
  std::string output_ = "-";
  layers::ExportOptions export_;
  ProgressOptions progress_;
};

}  // namespace

std::unique_ptr<Command> MakeSave() { return std::make_unique<SaveCommand>(); }

}  // namespace ibuild::cli
