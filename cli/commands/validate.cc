// validate: reads all of an image and says whether everything is what its digest says.
#include <fmt/format.h>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/compress/codec.h"
#include "oci/media_type.h"
#include "registry/transfer/image_graph.h"
#include "support/error.h"

namespace ibuild::cli {
namespace {

// Throws kCorrupt when the layer is not what the configuration says.
void CheckLayer(oci::BlobSource& blobs, const oci::Descriptor& layer, const oci::DiffId& diff_id) {
  oci::Digester digester;
  FunctionSink sink([&](std::span<const std::byte> bytes) { digester.Update(bytes); });
  Copy(*layers::Decompress(blobs.Open(layer)), sink);
  if (digester.Finish() == diff_id.digest) return;
  throw Error(ErrorKind::kCorrupt,
              fmt::format("layer {} unpacks to something else than the configuration says",
                          layer.digest.ToString()));
}

class ValidateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Each("--remote", "NAME", "An image of a registry", remote_);
    options.Each("--tarball", "FILE", "An archive of `docker save`", archives_);
    options.Switch("--fast", "Only manifests and configurations", fast_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    std::vector<std::string> places = operands;
    places.insert(places.end(), remote_.begin(), remote_.end());
    for (const std::string& file : archives_) places.push_back("docker-archive:" + file);
    if (places.empty()) throw Error(ErrorKind::kUsage, "there is nothing to validate");
    int code = kExitOk;
    for (const std::string& place : places) {
      try {
        Validate(wiring, ImageLocation::Parse(place));
        WriteStandardOutput("PASS: " + place + "\n");
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::kCancelled || error.kind() == ErrorKind::kUsage) throw;
        WriteStandardOutput(fmt::format("FAIL: {}: {}\n", place, error.what()));
        code = kExitFailed;
      }
    }
    return code;
  }

 private:
  void Validate(Wiring& wiring, const ImageLocation& location) const {
    const OpenedImage image = OpenImage(wiring, wiring.registry(), location);
    // Reading the graph checks every document.
    for (const auto& document : registry::ReadImageGraph(*image.blobs, image.root).documents) {
      if (!oci::IsManifestType(document.descriptor.media_type)) continue;
      const auto parsed = ReadDocument(*image.blobs, document.descriptor);
      ValidateManifest(*image.blobs, document.descriptor, std::get<oci::Manifest>(parsed));
    }
  }

  void ValidateManifest(oci::BlobSource& blobs, const oci::Descriptor& descriptor,
                        const oci::Manifest& manifest) const {
    if (!oci::IsConfigType(manifest.config.media_type)) {
      NullSink nobody;
      for (const oci::Descriptor& layer : manifest.layers) Copy(*blobs.Open(layer), nobody);
      return;
    }
    const ReadImageParts image = ReadOneImage(blobs, descriptor, oci::Platform::Host());
    const auto& diff_ids = image.config.diff_ids;
    if (diff_ids.size() != manifest.layers.size()) {
      throw Error(ErrorKind::kCorrupt,
                  fmt::format("the manifest has {} layers, the configuration {}",
                              manifest.layers.size(), diff_ids.size()));
    }
    if (fast_) return;
    for (std::size_t i = 0; i < diff_ids.size(); ++i) {
      if (oci::IsForeignLayerType(manifest.layers[i].media_type)) continue;
      CheckLayer(blobs, manifest.layers[i], diff_ids[i]);
    }
  }

  std::vector<std::string> remote_;
  std::vector<std::string> archives_;
  bool fast_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeValidate() { return std::make_unique<ValidateCommand>(); }

}  // namespace ibuild::cli
