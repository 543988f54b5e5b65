#include <algorithm>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// The shape that `docker image inspect` made familiar: what scripts read stays where it was.
OrderedJson Describe(layers::Store& store, const LocalImage& image) {
  OrderedJson tags = OrderedJson::array();
  for (const layers::NamedImage& named : store.names().List()) {
    if (named.descriptor.digest == image.root.digest) tags.push_back(named.name.Familiar());
  }
  const OrderedJson config =
      ParseOrderedJson(oci::Serialize(image.config), "the image's configuration");
  OrderedJson layers = OrderedJson::array();
  for (const oci::DiffId& layer : image.config.diff_ids) layers.push_back(layer.ToString());
  OrderedJson json;
  json["Id"] = image.id().ToString();
  json["RepoTags"] = std::move(tags);
  json["Digest"] = image.manifest.digest.ToString();
  json["Created"] = image.config.created;
  json["Author"] = image.config.author;
  json["Architecture"] = image.config.platform.architecture;
  if (!image.config.platform.variant.empty()) json["Variant"] = image.config.platform.variant;
  json["Os"] = image.config.platform.os;
  json["Size"] = SizeOf(image.content);
  json["Config"] = config.value("config", OrderedJson::object());
  json["RootFS"] = {{"Type", "layers"}, {"Layers", std::move(layers)}};
  return json;
}

class InspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--manifest", "Show the manifest's own bytes instead", manifest_);
    options.Switch("--config", "Show the configuration's own bytes instead", config_);
    options.Custom("--platform", "OS/ARCH", "Of this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    layers::Store& store = wiring.store();
    OrderedJson all = OrderedJson::array();
    for (const std::string& operand : operands) {
      const LocalImage image = FindImage(store, operand, platform_);
      if (manifest_) WriteStandardOutput(oci::ReadBlob(store.blobs(), image.manifest) + "\n");
      if (config_) WriteStandardOutput(oci::ReadBlob(store.blobs(), image.content.config) + "\n");
      all.push_back(Describe(store, image));
    }
    if (!manifest_ && !config_) WriteStandardOutput(DumpJson(all, JsonStyle::kIndented) + "\n");
    return kExitOk;
  }

 private:
  bool manifest_ = false;
  bool config_ = false;
  oci::Platform platform_ = oci::Platform::Host();
};

}  // namespace

std::unique_ptr<Command> MakeInspect() { return std::make_unique<InspectCommand>(); }

}  // namespace ibuild::cli
