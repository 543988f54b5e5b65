// The bytes of an image's parts as they are: crane's manifest, config and blob.
#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/result_file.h"
#include "cli/template/template.h"
#include "cli/wiring.h"
#include "registry/transfer/registry_source.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

enum class Part { kManifest, kConfig, kBlob };

class RawCommand final : public Command {
 public:
  explicit RawCommand(Part part) : part_(part) {}

  void Declare(OptionSet& options) override {
    if (part_ != Part::kBlob) {
      options.Custom("--platform", "OS/ARCH", "Of the image for this platform",
                     [this](const std::string& text) {
                       if (text != "all") platform_ = oci::Platform::Parse(text);
                     });
      options.Value("--format", "TEMPLATE", "Show what a Go template says, or `raw-body`", format_);
    }
    options.Value("-o,--output", "FILE", "Write it to FILE", output_);
    options.Switch("--descriptor", "Its media type, digest and size instead", descriptor_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    if (!platform_) platform_ = PersistentPlatform(wiring.settings());
    default_platform_ = DefaultPlatform(wiring.settings());
    if (part_ == Part::kBlob) {
      // NAME@DIGEST, or NAME DIGEST
      return WriteBlob(wiring, operands.size() > 1 ? operands[0] + "@" + operands[1] : operands[0]);
    }
    const OpenedImage image =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[0]));
    const std::string text = Shown(Read(image));
    WriteResult([&](ByteSink& sink) { sink.Write(AsBytes(text)); });
    return kExitOk;
  }

 private:
  // The bytes come without a line end: scripts make digests of them.
  std::string Shown(const std::string& text) const {
    if (descriptor_ && !format_) return text + "\n";
    if (!format_ || *format_ == "raw-body" || *format_ == "body") return text;
    const OrderedJson json = ParseOrderedJson(text, "document");
    return (*format_ == "json" ? DumpJson(json, JsonStyle::kGoIndented)
                               : Template::Parse(*format_).Execute(json, true)) +
           "\n";
  }

  // To the file that is named, or to whoever reads.
  void WriteResult(const std::function<void(ByteSink&)>& write) const {
    if (!output_) {
      FunctionSink sink([](std::span<const std::byte> part) { WriteStandardOutput(AsText(part)); });
      return write(sink);
    }
    ResultFile file(*output_);
    write(file.sink());
    file.Commit();
  }

  std::string Read(const OpenedImage& image) const {
    const oci::Descriptor blob = Choose(image);
    return descriptor_ ? DumpJson(oci::WriteDescriptor(blob)) : oci::ReadBlob(*image.blobs, blob);
  }

  oci::Descriptor Choose(const OpenedImage& image) const {
    if (part_ == Part::kManifest && !platform_) return image.root;
    const oci::Platform platform = platform_.value_or(default_platform_);
    const ReadImageParts parts = ReadOneImage(*image.blobs, image.root, platform);
    return part_ == Part::kConfig ? parts.manifest.config : parts.descriptor;
  }

  // Its size is not known beforehand, so it is not checked by it, but by its digest.
  int WriteBlob(Wiring& wiring, const std::string& operand) const {
    const oci::Reference name = oci::Reference::Parse(operand);
    if (!name.digest())
      throw Error(ErrorKind::kUsage, "a blob is named by its digest: NAME@sha256:…");
    registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kPull);
    access.stop = wiring.stop();
    const auto blob = registry::BlobClient(access).Describe(*name.digest());
    WriteResult([&](ByteSink& sink) { Copy(*registry::BlobClient(access).Open(blob), sink); });
    return kExitOk;
  }

  Part part_;
  std::optional<oci::Platform> platform_;
  oci::Platform default_platform_;
  std::optional<std::string> format_;
  std::optional<std::string> output_;
  bool descriptor_ = false;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeRawManifest() { return std::make_unique<RawCommand>(Part::kManifest); }
std::unique_ptr<Command> MakeRawConfig() { return std::make_unique<RawCommand>(Part::kConfig); }
std::unique_ptr<Command> MakeRawBlob() { return std::make_unique<RawCommand>(Part::kBlob); }

}  // namespace ibuild::cli
