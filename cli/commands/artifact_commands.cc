// artifact push and pull, attach, referrers: files in registries, and what refers to what.
#include <fmt/format.h>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/artifact.h"
#include "cli/remote/open_image.h"
#include "cli/remote/write_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "registry/client/manifests.h"
#include "registry/client/referrers.h"
#include "registry/client/registry_client.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

class ArtifactCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareMore(options);
    progress_.Declare(options);
    registry_.Declare(options);
  }
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    Work(wiring, operands);
    return kExitOk;
  }

 protected:
  virtual void DeclareMore(OptionSet& options) = 0;
  virtual void Work(Wiring& wiring, const std::vector<std::string>& operands) = 0;

 private:
  ProgressOptions progress_;
  RegistryOptions registry_;
};

// What push and attach have in common.
class MadeArtifact {
 public:
  void Declare(OptionSet& options) {
    options.Value("--artifact-type", "TYPE", "What it is, as a media type", request_.type);
    options.Custom("-a,--annotation", "KEY=VALUE", "Of the manifest",
                   [this](const std::string& text) {
                     const std::size_t equals = text.find('=');
                     if (equals == std::string::npos) {
                       throw Error(ErrorKind::kUsage, "expected KEY=VALUE");
                     }
                     request_.annotations[text.substr(0, equals)] = text.substr(equals + 1);
                   });
  }

  oci::Descriptor Push(Wiring& wiring, const oci::Reference& name,
                       const std::vector<std::string>& files,
                       std::optional<oci::Descriptor> subject) {
    for (const std::string& file : files) request_.files.push_back(ArtifactFile::Parse(file));
    request_.subject = std::move(subject);
    CombinedSource parts;
    const oci::Descriptor root = MakeArtifact(wiring, request_, parts);
    const oci::Reference target =
        request_.subject ? oci::Reference(name.repository(), std::nullopt, root.digest) : name;
    WriteImage(wiring, wiring.registry(), parts,
               {.target = {PlaceKind::kRegistry, {}, target.ToString()}, .root = root});
    return root;
  }

 private:
  ArtifactRequest request_;
};

class ArtifactPushCommand final : public ArtifactCommand {
  void DeclareMore(OptionSet& options) override { artifact_.Declare(options); }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const oci::Reference name = oci::Reference::Parse(operands[0]);
    const oci::Descriptor root =
        artifact_.Push(wiring, name, {operands.begin() + 1, operands.end()}, {});
    const bool oras = wiring.settings().tool == ToolKind::kOras;
    WriteStandardOutput(oras ? fmt::format("Pushed [registry] {}\nArtifactType: {}\nDigest: {}\n",
                                           name.ToString(), root.artifact_type,
                                           root.digest.ToString())
                             : root.digest.ToString() + "\n");
  }

  MadeArtifact artifact_;
};

class AttachCommand final : public ArtifactCommand {
  void DeclareMore(OptionSet& options) override {
    options.Custom("--platform", "OS/ARCH", "To the image for this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
    artifact_.Declare(options);
  }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const oci::Reference name = oci::Reference::Parse(operands[0]);
    registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kPush);
    access.stop = wiring.stop();
    const oci::Descriptor subject = Subject(access, name);
    const oci::Descriptor root =
        artifact_.Push(wiring, name, {operands.begin() + 1, operands.end()}, subject);
    const std::string on = name.repository().ToString() + "@" + subject.digest.ToString();
    const bool oras = wiring.settings().tool == ToolKind::kOras;
    WriteStandardOutput(
        oras ? fmt::format("Attached to [registry] {}\nDigest: {}\n", on, root.digest.ToString())
             : root.digest.ToString() + "\n");
  }

  oci::Descriptor Subject(const registry::RepositoryAccess& access,
                          const oci::Reference& name) const {
    const registry::FetchedManifest found = registry::ManifestClient(access).Get(name.Selector());
    const auto* index = std::get_if<oci::Index>(&found.document);
    if (index == nullptr || !platform_) return found.descriptor;
    const oci::Descriptor& chosen = oci::ChoosePlatform(*index, *platform_, name.Familiar());
    oci::Descriptor bare{.media_type = chosen.media_type, .digest = chosen.digest};
    bare.size = chosen.size;
    return bare;
  }

  std::optional<oci::Platform> platform_;
  MadeArtifact artifact_;
};

class ArtifactPullCommand final : public ArtifactCommand {
  void DeclareMore(OptionSet& options) override {
    options.Value("-o,--output", "DIR", "Where the files go", directory_);
  }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const OpenedImage image =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[0]));
    const std::vector<std::string> names = WriteArtifactFiles(*image.blobs, image.root, directory_);
    std::string text;
    if (wiring.settings().tool == ToolKind::kOras) {
      text = fmt::format("Pulled [registry] {}\nDigest: {}\n", operands[0],
                         image.root.digest.ToString());
    } else {
      for (const std::string& name : names) text += name + "\n";
    }
    WriteStandardOutput(text);
  }

  std::string directory_ = ".";
};

class ReferrersCommand final : public ArtifactCommand {
  void DeclareMore(OptionSet& options) override {
    options.Value("--artifact-type", "TYPE", "Only those of this type", type_);
    options.Choice("-f,--format", {"text", "json", "tree", "table"}, "How to print them", format_);
    options.Custom("--platform", "OS/ARCH", "Of the image for this platform",
                   [this](const std::string& text) { platform_ = oci::Platform::Parse(text); });
  }

  void Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const oci::Reference name = oci::Reference::Parse(operands[0]);
    registry::RepositoryAccess access =
        wiring.registry().Open(name.repository(), registry::Access::kPull);
    access.stop = wiring.stop();
    const oci::Digest subject = Subject(access, name);
    const auto found = registry::ListReferrers(access, subject, type_);
    if (format_ == "json") return PrintJson(name, subject, found);
    std::string text;
    for (const oci::Descriptor& referrer : found) {
      text += fmt::format("{}  {}\n", referrer.digest.ToString(), referrer.artifact_type);
    }
    WriteStandardOutput(text);
  }

  oci::Digest Subject(const registry::RepositoryAccess& access, const oci::Reference& name) const {
    if (name.digest() && !platform_) return *name.digest();
    const registry::FetchedManifest found = registry::ManifestClient(access).Get(name.Selector());
    const auto* index = std::get_if<oci::Index>(&found.document);
    if (index == nullptr || !platform_) return found.descriptor.digest;
    return oci::ChoosePlatform(*index, *platform_, name.Familiar()).digest;
  }

  static void PrintJson(const oci::Reference& name, const oci::Digest& subject,
                        const std::vector<oci::Descriptor>& found) {
    OrderedJson list = OrderedJson::array();
    for (const oci::Descriptor& referrer : found) {
      OrderedJson json = oci::WriteDescriptor(referrer);
      json["reference"] = name.repository().ToString() + "@" + referrer.digest.ToString();
      list.push_back(std::move(json));
    }
    OrderedJson json;
    json["reference"] = name.repository().ToString() + "@" + subject.ToString();
    json["digest"] = subject.ToString();
    json["referrers"] = list;
    json["manifests"] = list;
    WriteStandardOutput(DumpJson(json, JsonStyle::kIndented) + "\n");
  }

  std::string type_;
  std::string format_ = "text";
  std::optional<oci::Platform> platform_;
};

}  // namespace

std::unique_ptr<Command> MakeArtifactPush() { return std::make_unique<ArtifactPushCommand>(); }
std::unique_ptr<Command> MakeArtifactPull() { return std::make_unique<ArtifactPullCommand>(); }
std::unique_ptr<Command> MakeArtifactAttach() { return std::make_unique<AttachCommand>(); }
std::unique_ptr<Command> MakeReferrers() { return std::make_unique<ReferrersCommand>(); }

}  // namespace ibuild::cli
