#include <fmt/format.h>

#include "cli/building/edit_image.h"
#include "cli/commands/all.h"
#include "cli/compression.h"
#include "cli/exit_code.h"
#include "cli/image_destination.h"
#include "cli/image_names.h"
#include "cli/local_images.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "cli/working/working_container.h"
#include "layers/snapshot/unpack_image.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

class CommitCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--squash", "Make one layer of all", squash_);
    options.Custom("-f,--format", "oci|docker", "Media types of the image",
                   [this](const std::string& text) { export_.types = ParseTypeFamily(text); });
    options.Value("--iidfile", "FILE", "Write the image id", id_file_);
    options.Switch("--rm", "Remove the working container", remove_);
    options.Each("-c,--change", "INSTRUCTION", "Apply CMD, ENV, … of a Dockerfile; repeat",
                 changes_);
    options.Each("--unsetenv", "NAME", "Leave the variable out of the image; repeat",
                 edit_.unset_env);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    layers::Store& store = wiring.store();
    WorkingContainers containers(store);
    const WorkingContainer container = containers.Find(operands[0]);
    oci::Descriptor image = container.image;
    if (!changes_.empty()) {
      image = Derive(wiring, {.base = image, .instructions = Join(changes_, "\n") + "\n"});
    }
    image = Finished(wiring, image);
    const oci::Digest id = layers::ImageId(store, image);
    if (operands.size() > 1) {
      Deliver(wiring, image, ParseDestination(wiring.settings(), operands[1]), export_);
    } else {
      store.names().Keep(image);
    }
    if (id_file_) WriteFileAtomically(*id_file_, id.ToString());
    if (remove_) containers.Remove(container);
    WriteStandardOutput(id.hex() + "\n");
    return kExitOk;
  }

 private:
  oci::Descriptor Finished(Wiring& wiring, const oci::Descriptor& image) {
    layers::Store& store = wiring.store();
    const auto local = ReadHostOrAny(store, image);
    if (!local) throw Error(ErrorKind::kNotFound, "the store has not all of the image");
    builder::BuildResult result{.root = image,
                                .images = {{.platform = local->config.platform,
                                            .manifest = image,
                                            .config = local->content.config,
                                            .layers = local->config.diff_ids}}};
    if (squash_) {
      wiring.BecomeRoot();
      layers::UnpackImage(store, local->content, local->config, wiring.reporter());
      result = SquashImages(store, std::move(result));
    }
    result = EditImages(store, std::move(result), edit_);
    if (!export_.types) {
      if (const auto format = GetEnvironment("BUILDAH_FORMAT")) {
        export_.types = ParseTypeFamily(*format);
      }
    }
    if (!export_.types) return result.root;
    layers::ExportOptions plain = export_;
    plain.compression = {oci::Compression::kNone, {}};
    return layers::MakeExportable(store, result.root, plain, wiring.reporter());
  }

  bool squash_ = false;
  bool remove_ = false;
  std::optional<std::string> id_file_;
  std::vector<std::string> changes_;
  ConfigEdit edit_;
  layers::ExportOptions export_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeBuildahCommit() { return std::make_unique<CommitCommand>(); }

}  // namespace ibuild::cli
