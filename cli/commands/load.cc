#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/render/output.h"
#include "cli/staging_dir.h"
#include "cli/stdin_file.h"
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
    std::optional<StagingDir> spool;
    std::filesystem::path archive = path;
    if (path == "-") {
      spool.emplace(store);
      archive = SpoolStandardInput(spool->path() / "archive");
    }
    std::string lines;
    for (const layers::ImportedImage& image :
         layers::ImportArchive(store, archive, wiring.reporter())) {
      for (const oci::Reference& name : image.names) {
        lines += fmt::format("Loaded image: {}\n", name.Familiar());
      }
      if (image.names.empty()) {
        lines +=
            fmt::format("Loaded image without a name: {}\n", image.descriptor.digest.ToString());
      }
    }
    WriteStandardOutput(lines);
    return kExitOk;
  }

 private:
  std::string input_ = "-";
  ProgressOptions progress_;
};

}  // namespace

std::unique_ptr<Command> MakeLoad() { return std::make_unique<LoadCommand>(); }

}  // namespace ibuild::cli
