// buildx' imagetools inspect: what a name means in its registry.
#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/remote/describe_imagetools.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// Configurations cost requests; a template that speaks of the manifest only does without.
bool SpeaksOfImages(std::string_view format) {
  const bool parts = format.find(".Manifest") != std::string_view::npos ||
                     format.find(".Name") != std::string_view::npos;
  return !parts || format.find("Image") != std::string_view::npos;
}

class ImagetoolsInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--format", "TEMPLATE", "Show what a Go template says", format_);
    options.Switch("--raw", "Show the bytes as they are", raw_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const ImageLocation location = ImageLocation::Parse(operands[0]);
    const OpenedImage image = OpenImage(wiring, wiring.registry(), location);
    WriteStandardOutput(Text(image, location.Name()));
    return kExitOk;
  }

 private:
  // Raw bytes come without a line end: scripts make digests of them.
  std::string Text(const OpenedImage& image, const oci::Reference& name) const {
    if (raw_) return oci::ReadBlob(*image.blobs, image.root);
    if (!format_ || format_->empty()) return ImagetoolsText(image, name);
    const OrderedJson json = DescribeAsImagetools(image, name, SpeaksOfImages(*format_));
    return Template::Parse(*format_).Execute(json, true) + "\n";
  }

  std::optional<std::string> format_;
  bool raw_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeImagetoolsInspect() {
  return std::make_unique<ImagetoolsInspectCommand>();
}

}  // namespace ibuild::cli
