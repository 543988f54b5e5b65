#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "cli/working/derive.h"
#include "cli/working/working_container.h"
#include "layers/store/find_image.h"
#include "oci/image_resolver.h"
#include "oci/media_type.h"
#include "support/clock.h"
#include "support/files.h"

namespace ibuild::cli {
namespace {

// "docker.io/library/alpine:3" -> "alpine"
std::string LastComponent(const oci::Reference& name) {
  const std::string& path = name.repository().path;
  return path.substr(path.rfind('/') + 1);
}

class FromCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Value("--name", "NAME", "Of the working container", name_);
    options.Custom("--pull", "[=always|missing|never]", "When to ask the registry",
                   [this](const std::string& text) { policy_ = Policy(text); });
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Value("--cidfile", "FILE", "Write the id of the container", id_file_);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    WorkingContainers containers(wiring.store());
    const WorkingContainer container =
        operands[0] == "scratch" ? WorkingContainer{NameFor(containers, ""), Scratch(wiring)}
                                 : FromImage(wiring, containers, operands[0]);
    containers.Set(container);
    if (id_file_) WriteFileAtomically(*id_file_, container.Id());
    WriteStandardOutput(container.name + "\n");
    return kExitOk;
  }

 private:
  std::string NameFor(const WorkingContainers& containers, std::string_view stem) const {
    return name_.value_or(containers.FreeName(stem));
  }

  WorkingContainer FromImage(Wiring& wiring, const WorkingContainers& containers,
                             std::string_view base) const {
    constexpr std::string_view kDocker = "docker://";
    if (base.starts_with(kDocker)) base.remove_prefix(kDocker.size());
    const auto local = LookUpNamed(wiring, base);
    const oci::Reference reference =
        local ? ReferenceTo(wiring, *local) : oci::Reference::Parse(base);
    const oci::ResolvedImage image = wiring.resolver().Resolve(reference, platform_, policy_);
    wiring.resolver().FetchLayers(reference, image, wiring.stop());
    const bool by_id = local && !local->name;
    return {NameFor(containers, by_id ? std::string() : LastComponent(reference)), image.manifest,
            BaseOf(wiring, reference, image.manifest)};
  }

  static WorkingBase BaseOf(Wiring& wiring, const oci::Reference& name,
                            const oci::Descriptor& image) {
    return {.name = name.ToString(),
            .id = layers::ImageId(wiring.store(), image).hex(),
            .digest = image.digest.ToString()};
  }

  static oci::PullPolicy Policy(const std::string& text) {
    if (text == "never" || text == "false") return oci::PullPolicy::kNever;
    return text == "missing" || text == "ifmissing" ? oci::PullPolicy::kMissing
                                                    : oci::PullPolicy::kAlways;
  }

  // An image without layers.
  oci::Descriptor Scratch(Wiring& wiring) const {
    oci::BlobStore& blobs = wiring.store().blobs();
    oci::ImageConfig config;
    config.created = FormatRfc3339(Now());
    config.platform = platform_;
    const oci::Manifest manifest{
        .media_type = std::string(oci::kOciManifest),
        .config = oci::PutBlob(blobs, oci::kOciConfig, oci::Serialize(config))};
    oci::Descriptor root = oci::PutBlob(blobs, manifest.media_type, oci::Serialize(manifest));
    root.platform = platform_;
    return root;
  }

  std::optional<std::string> name_;
  std::optional<std::string> id_file_;
  oci::PullPolicy policy_ = oci::PullPolicy::kMissing;
  oci::Platform platform_ = oci::Platform::Host();
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakeBuildahFrom() { return std::make_unique<FromCommand>(); }

}  // namespace ibuild::cli
