#include "registry/transfer/pull.h"

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/exit_code.h"
#include "cli/local_images.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/image_location.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/find_image.h"
#include "layers/store/store.h"
#include "registry/client/registry_client.h"
#include "registry/client/tags.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// "docker://", as skopeo's family writes a registry. Elsewhere "dir:1" is a name like any other.
std::string_view WithoutTransport(ToolKind tool, std::string_view text) {
  constexpr std::string_view kDocker = "docker://";
  if (text.starts_with(kDocker)) return text.substr(kDocker.size());
  if (!IsContainersTool(tool) || ImageLocation::Parse(text).kind == PlaceKind::kRegistry) {
    return text;
  }
  throw Error(ErrorKind::kUnsupported, fmt::format("{} is no name of a registry", Quote(text)))
      .WithHint(
          fmt::format("`ibuild copy {} containers-storage:NAME` brings it into the store", text));
}

class PullCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "Of this platform (default: this machine's)",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    options.Switch("--all-platforms", "All images of an index", all_platforms_);
    options.Switch("-a,--all-tags", "Every tag of the repository", all_tags_);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    std::string report;
    for (const std::string& operand : operands) {
      const std::string_view text = WithoutTransport(wiring.settings().tool, operand);
      if (!all_tags_) {
        report += PullOne(wiring, oci::Reference::Parse(text), wiring.registry().Meanings(text));
        continue;
      }
      for (const oci::Reference& name : Tags(wiring, oci::Reference::Parse(text))) {
        report += PullOne(wiring, name, {name});
      }
    }
    WriteStandardOutput(report);
    return kExitOk;
  }

 private:
  static std::vector<oci::Reference> Tags(Wiring& wiring, const oci::Reference& name) {
    std::vector<oci::Reference> names;
    const auto access = wiring.registry().Open(name.repository(), registry::Access::kPull);
    for (const std::string& tag : registry::ListTags(access)) names.push_back(name.WithTag(tag));
    return names;
  }

  std::string PullOne(Wiring& wiring, const oci::Reference& name,
                      const std::vector<oci::Reference>& meanings) const {
    layers::Store& store = wiring.store();
    const auto before = store.names().Find(name);
    registry::PullRequest request = Request(wiring, name);
    // What a digest names, and is here, is not asked for.
    if (name.digest()) {
      const auto known = layers::LookUpImage(store, name.digest()->ToString());
      if (known && known->descriptor.digest == *name.digest()) request.known = known->descriptor;
    }
    const auto [found, pulled] =
        registry::PullFirst(meanings, request, wiring.registry(), store.blobs(), wiring.reporter());
    store.names().Set({{found, pulled.root, pulled.root.digest}});
    wiring.FinishReporting();
    wiring.reporter().Log(LogLevel::kInfo, Summary(found, pulled));
    const bool is_new = !before || before->digest != pulled.root.digest;
    return Report(wiring, found, pulled.root, is_new);
  }

  // In the words of the tool: scripts read the digest, or the id.
  std::string Report(Wiring& wiring, const oci::Reference& name, const oci::Descriptor& root,
                     bool is_new) const {
    const ToolKind tool = wiring.settings().tool;
    if (IsContainersTool(tool)) {
      const auto image = ReadHostOrAny(wiring.store(), root);
      return (image ? image->id() : root.digest).hex() + "\n";
    }
    if (tool != ToolKind::kDocker) return root.digest.ToString() + "\n";
    if (progress_.quiet()) return name.ToString() + "\n";
    return fmt::format("{}: Pulling from {}\nDigest: {}\nStatus: {} for {}\n{}\n",
                       name.tag().value_or(root.digest.ToString()), name.repository().path,
                       root.digest.ToString(),
                       is_new ? "Downloaded newer image" : "Image is up to date", name.Familiar(),
                       name.ToString());
  }

  registry::PullRequest Request(Wiring& wiring, const oci::Reference& name) const {
    std::optional<oci::Platform> platform = platform_.value_or(oci::Platform::Host());
    if (all_platforms_) platform.reset();
    return {.source = name, .platform = platform, .layers = true, .stop = wiring.stop()};
  }

  static std::string Summary(const oci::Reference& name, const registry::PulledImage& pulled) {
    return fmt::format("pulled {}: {} blobs fetched ({}), {} were here already", name.Familiar(),
                       pulled.fetched, FormatByteSize(pulled.fetched_bytes), pulled.existed);
  }

  std::optional<oci::Platform> platform_;
  bool all_platforms_ = false;
  bool all_tags_ = false;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

}  // namespace

std::unique_ptr<Command> MakePull() { return std::make_unique<PullCommand>(); }

}  // namespace ibuild::cli
