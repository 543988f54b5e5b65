#include <algorithm>

#include "cli/commands/all.h"
#include "cli/compression.h"
#include "cli/exit_code.h"
#include "cli/image_destination.h"
#include "cli/image_names.h"
#include "cli/progress_options.h"
#include "cli/push_image.h"
#include "cli/result_file.h"
#include "cli/wiring.h"
#include "layers/archive/export.h"
#include "layers/store/image_parts.h"
#include "oci/media_type.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

class SaveCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("-o,--output", "FILE", "Write FILE (default: standard output)", output_);
    DeclareImagePart(options, part_);
    DeclareExportOptions(options, export_);
    OptionSpec format = ParseOptionNames("-f,--format");
    format.value = "FORMAT";
    format.help = "oci[-archive], docker[-archive]; oci-dir, docker-dir: a directory";
    format.take = [this](const std::string& text) {
      directory_ = text.ends_with("-dir");
      export_.types = ParseTypeFamily(text);
    };
    options.Override(std::move(format));
    progress_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    std::vector<layers::ArchivedImage> images = Find(wiring, operands);
    wiring.BecomeRoot();
    for (layers::ArchivedImage& image : images) {
      image.root = oci::ChoosePresent(wiring.store().blobs(), image.root, part_);
    }
    if (directory_) return SaveDirectory(wiring, images);
    ResultFile file(output_);
    for (layers::ArchivedImage& image : images) {
      image.root = layers::MakeExportable(wiring.store(), image.root, export_, wiring.reporter());
    }
    layers::WriteArchive(wiring.store().blobs(), KindFor(images), images, file.sink());
    file.Commit();
    return kExitOk;
  }

 private:
  int SaveDirectory(Wiring& wiring, const std::vector<layers::ArchivedImage>& images) const {
    if (output_ == "-") {
      throw Error(ErrorKind::kUsage, "a directory is not written to standard output")
          .WithHint("add `-o DIR`");
    }
    if (images.size() != 1) {
      throw Error(ErrorKind::kUsage, "a directory holds one image")
          .WithHint("`--format oci-archive` holds several");
    }
    const bool oci = export_.types == oci::TypeFamily::kOci;
    ImageDestination destination{
        .kind = oci ? ImageDestination::Kind::kOciLayout : ImageDestination::Kind::kDirectory,
        .path = output_};
    if (!images[0].names.empty()) destination.name = images[0].names[0];
    Deliver(wiring, images[0].root, destination, export_);
    return kExitOk;
  }

  // The names that are given; an image that is given by its id has none in the archive, as with
  // `docker save`.
  static std::vector<layers::ArchivedImage> Find(Wiring& wiring,
                                                 const std::vector<std::string>& operands) {
    std::vector<layers::ArchivedImage> images;
    for (const std::string& operand : operands) {
      const layers::FoundImage found = FindNamed(wiring, operand);
      auto image = std::find_if(images.begin(), images.end(), [&](const auto& known) {
        return known.root.digest == found.descriptor.digest;
      });
      layers::PinImage(wiring.store(), found.descriptor);
      if (image == images.end()) image = images.insert(image, {found.descriptor, {}});
      if (found.name) image->names.push_back(*found.name);
    }
    return images;
  }

  // With manifest.json, which every `docker load` can read, unless that cannot say what there is.
  layers::ArchiveKind KindFor(const std::vector<layers::ArchivedImage>& images) const {
    const bool platforms = std::any_of(images.begin(), images.end(), [](const auto& image) {
      return oci::IsIndexType(image.root.media_type);
    });
    const bool plain = platforms || export_.types == oci::TypeFamily::kOci;
    return plain ? layers::ArchiveKind::kOci : layers::ArchiveKind::kDocker;
  }

  std::string output_ = "-";
  oci::ImagePart part_;
  layers::ExportOptions export_;
  bool directory_ = false;
  ProgressOptions progress_;
};

}  // namespace

std::unique_ptr<Command> MakeSave() { return std::make_unique<SaveCommand>(); }

}  // namespace ibuild::cli
