#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/input_file.h"
#include "cli/progress_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/archive/import_archive.h"

namespace ibuild::cli {
namespace {

class LoadCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-i,--input", "FILE", "Read FILE (default: standard input)", input_);
    progress_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    const std::string path = operands.empty() ? input_ : operands[0];
    layers::Store& store = wiring.store();
    const InputFile archive(store, path);
    std::string lines;
    for (const layers::ImportedImage& image :
         layers::ImportArchive(store, archive.path(), wiring.reporter())) {
      lines += Describe(wiring, image);
    }
    WriteStandardOutput(lines);
    return kExitOk;
  }

 private:
  // An image without a name is found by its id.
  static std::string Describe(Wiring& wiring, const layers::ImportedImage& image) {
    layers::Store& store = wiring.store();
    if (image.names.empty()) {
      store.names().Keep(image.descriptor);
      const oci::Digest id = layers::ImageId(store, image.descriptor);
      return IsContainersTool(wiring.settings().tool)
                 ? fmt::format("Loaded image: {}\n", id.ToString())
                 : fmt::format("Loaded image ID: {}\n", id.ToString());
    }
    std::string lines;
    for (const oci::Reference& name : image.names) {
      lines += fmt::format("Loaded image: {}\n", Displayed(wiring.settings(), name));
    }
    return lines;
  }

  std::string input_ = "-";
  ProgressOptions progress_;
};

}  // namespace

std::unique_ptr<Command> MakeLoad() { return std::make_unique<LoadCommand>(); }

}  // namespace ibuild::cli
