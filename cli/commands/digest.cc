// digest: what a name means now, with one request; and the digest of a file that is a manifest.
#include <fmt/format.h>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/registry_options.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/client/manifests.h"
#include "registry/client/registry_client.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

class DigestCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Of the image for this platform",
                   [this](const std::string& text) {
                     if (text != "all") platform_ = oci::Platform::Parse(text);
                   });
    options.Switch("--full-ref", "Print NAME@DIGEST", full_);
    options.Value("--tarball", "FILE", "Of the image in this archive", tarball_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    if (!platform_) platform_ = PersistentPlatform(wiring.settings());
    std::string lines;
    if (tarball_) {
      const std::string name = operands.empty() ? "" : ":" + operands[0];
      lines += DigestOf(wiring, "docker-archive:" + *tarball_ + name) + "\n";
    } else if (operands.empty()) {
      throw Error(ErrorKind::kUsage, "no NAME is given")
          .WithHint("write `digest NAME`, or `digest --tarball FILE`");
    } else {
      for (const std::string& operand : operands) lines += DigestOf(wiring, operand) + "\n";
    }
    WriteStandardOutput(lines);
    return kExitOk;
  }

 private:
  std::string DigestOf(Wiring& wiring, const std::string& operand) const {
    const ImageLocation location = ImageLocation::Parse(operand);
    const oci::Digest digest = location.kind == PlaceKind::kRegistry && !platform_
                                   ? AskRegistry(wiring, location.Name())
                                   : Look(wiring, location);
    if (!full_ || location.kind != PlaceKind::kRegistry) return digest.ToString();
    return location.Name().repository().ToString() + "@" + digest.ToString();
  }

  // HEAD, which no quota counts; a registry that cannot, or does not say, is asked for it all.
  static oci::Digest AskRegistry(Wiring& wiring, const oci::Reference& name) {
    registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kPull);
    access.stop = wiring.stop();
    const registry::ManifestClient manifests(access);
    const registry::ManifestHead head = manifests.Head(name.Selector());
    return head.digest ? *head.digest : manifests.Get(name.Selector()).descriptor.digest;
  }

  oci::Digest Look(Wiring& wiring, const ImageLocation& location) const {
    const OpenedImage image = OpenImage(wiring, wiring.registry(), location);
    if (!platform_) return image.root.digest;
    const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
    const auto* index = std::get_if<oci::Index>(&document);
    return index == nullptr ? image.root.digest
                            : oci::ChoosePlatform(*index, *platform_, location.ToString()).digest;
  }

  std::optional<oci::Platform> platform_;
  bool full_ = false;
  std::optional<std::string> tarball_;
  RegistryOptions registry_;
};

class ManifestDigestCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}

  int Run(Wiring&, const std::vector<std::string>& operands) override {
    const std::string text = ReadFile(operands[0], 8u << 20);
    WriteStandardOutput(oci::Digest::OfText(text).ToString() + "\n");
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeDigest() { return std::make_unique<DigestCommand>(); }
std::unique_ptr<Command> MakeManifestDigest() { return std::make_unique<ManifestDigestCommand>(); }

}  // namespace ibuild::cli
