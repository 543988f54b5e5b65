#include <fcntl.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/input_file.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "layers/archive/import_rootfs.h"
#include "support/clock.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class ImportCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("-m,--message", "TEXT", "Comment of the image's history",
                   [this](const std::string& text) { comment_ = text; });
    options.Each("-c,--change", "INSTRUCTION", "Apply CMD, ENV, … of a Dockerfile; repeat",
                 changes_);
    options.Custom("--platform", "OS/ARCH", "What the files are for (default: this machine)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    std::optional<oci::Reference> name;
    if (operands.size() > 1) name = NameToGive(wiring.settings(), operands[1]);
    layers::Store& store = wiring.store();
    const InputFile file(store, operands[0]);
    const std::string comment = comment_.value_or("Imported from " + operands[0]);
    oci::Descriptor image = InContext("importing " + operands[0], [&] {
      return layers::ImportRootfs(store, OpenFile(file.path(), O_RDONLY), ConfigFor(wiring),
                                  comment);
    });
    if (!changes_.empty()) {
      image = Derive(wiring, {.base = image, .instructions = Join(changes_, "\n") + "\n"});
    }
    if (name) {
      store.names().Set({{*name, image}});
    } else {
      store.names().Keep(image);
    }
    WriteStandardOutput(layers::ImageId(store, image).ToString() + "\n");
    return kExitOk;
  }

 private:
  oci::ImageConfig ConfigFor(Wiring& wiring) const {
    const auto epoch = wiring.settings().source_date_epoch;
    oci::ImageConfig config;
    config.created = FormatRfc3339(epoch ? UnixTime{.seconds = *epoch} : Now());
    config.platform = platform_;
    return config;
  }

  std::optional<std::string> comment_;
  std::vector<std::string> changes_;
  oci::Platform platform_ = oci::Platform::Host();
};

}  // namespace

std::unique_ptr<Command> MakeImport() { return std::make_unique<ImportCommand>(); }

}  // namespace ibuild::cli
