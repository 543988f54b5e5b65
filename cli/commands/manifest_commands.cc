// manifest create, add, annotate, remove, inspect, push, rm: an index that is put together in the
// store and pushed when it is whole, in the words of docker and podman.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/image_names.h"
#include "cli/progress_options.h"
#include "cli/push_image.h"
#include "cli/registry_options.h"
#include "cli/remote/copy_image.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "registry/client/registry_client.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// An index of the store under its name.
struct NamedIndex {
  oci::Reference name;
  oci::Index index;
};

std::optional<NamedIndex> LookUp(Wiring& wiring, const std::string& text) {
  const auto found = LookUpNamed(wiring, text);
  if (!found || !oci::IsIndexType(found->descriptor.media_type)) return std::nullopt;
  auto document = ReadDocument(wiring.store().blobs(), found->descriptor);
  return NamedIndex{found->name.value_or(oci::Reference::Parse(text)),
                    std::get<oci::Index>(std::move(document))};
}

NamedIndex Get(Wiring& wiring, const std::string& text) {
  if (auto list = LookUp(wiring, text)) return std::move(*list);
  throw Error(ErrorKind::kNotFound, fmt::format("the store has no index {}", Quote(text)))
      .WithHint(fmt::format("`ibuild manifest create {}` makes one", text));
}

oci::Descriptor Keep(Wiring& wiring, const NamedIndex& list) {
  layers::Store& store = wiring.store();
  const oci::Descriptor root =
      oci::PutBlob(store.blobs(), list.index.media_type, oci::Serialize(list.index));
  store.names().Set({{list.name, root}});
  return root;
}

// Of the store when it is there by that name, else from its registry, with all its layers: a push
// must have them wherever it goes.
std::vector<oci::Descriptor> Fetch(Wiring& wiring, const std::string& text, bool all) {
  const bool here = LookUpNamed(wiring, text).has_value();
  ImageLocation location = ImageLocation::Parse(text);
  if (here) location.kind = PlaceKind::kStore;
  const OpenedImage image = OpenImage(wiring, wiring.registry(), location);
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  const auto* index = std::get_if<oci::Index>(&document);
  std::vector<oci::Descriptor> entries = {image.root};
  if (index != nullptr) {
    entries = all ? index->manifests
                  : std::vector{oci::ChoosePlatform(*index, oci::Platform::Host(), text)};
  }
  for (oci::Descriptor& entry : entries) {
    if (!here) KeepInStore(wiring, *image.blobs, entry);
    if (entry.platform || index != nullptr) continue;
    entry.platform = ReadOneImage(*image.blobs, entry, oci::Platform::Host()).config.platform;
  }
  return entries;
}

void AddEntries(oci::Index& index, const std::vector<oci::Descriptor>& entries) {
  for (const oci::Descriptor& entry : entries) {
    std::erase_if(index.manifests, [&](const auto& known) { return known.digest == entry.digest; });
    index.manifests.push_back(entry);
  }
}

class ManifestCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareMore(options);
    progress_.Declare(options);
    registry_.Declare(options);
  }
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    return Work(wiring, operands);
  }

 protected:
  virtual void DeclareMore(OptionSet& options) = 0;
  virtual int Work(Wiring& wiring, const std::vector<std::string>& operands) = 0;

  ProgressOptions progress_;
  RegistryOptions registry_;
};

class ManifestCreateCommand final : public ManifestCommand {
  void DeclareMore(OptionSet& options) override {
    options.Switch("-a,--amend", "Add to an index that exists", amend_);
    options.Switch("--all", "All images of those that are indexes", all_);
    options.Switch("--docker", "A manifest list of Docker's types", docker_);
  }

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    auto list = LookUp(wiring, operands[0]);
    if (list && !amend_) {
      throw Error(ErrorKind::kAlreadyExists, fmt::format("the index {} exists", operands[0]))
          .WithHint("`--amend` adds to it, `ibuild manifest rm` removes it");
    }
    if (!list) list = NamedIndex{oci::Reference::Parse(operands[0]), {.media_type = {}}};
    for (auto image = operands.begin() + 1; image != operands.end(); ++image) {
      AddEntries(list->index, Fetch(wiring, *image, all_));
    }
    if (list->index.media_type.empty()) list->index.media_type = TypeFor(list->index);
    const oci::Descriptor root = Keep(wiring, *list);
    const bool docker = wiring.settings().tool == ToolKind::kDocker;
    WriteStandardOutput(docker ? fmt::format("Created manifest list {}\n", list->name.ToString())
                               : root.digest.ToString() + "\n");
    return kExitOk;
  }

  // Docker's images in a list of Docker's type: some registries take no mixture.
  std::string TypeFor(const oci::Index& index) const {
    const bool docker =
        !index.manifests.empty() && index.manifests.front().media_type == oci::kDockerManifest;
    return std::string(docker_ || docker ? oci::kDockerIndex : oci::kOciIndex);
  }

  bool amend_ = false;
  bool all_ = false;
  bool docker_ = false;
};

class EntryOptions {
 public:
  void Declare(OptionSet& options) {
    options.Value("--os", "OS", "The system that it is for", os_);
    options.Value("--arch", "ARCH", "The processor that it is for", arch_);
    options.Value("--variant", "VARIANT", "The kind of processor", variant_);
    options.Value("--os-version", "VERSION", "The version of the system", os_version_);
    options.Each("--os-features", "FEATURE", "What the system must have", features_);
    options.Custom("--annotation", "KEY=VALUE", "Of the entry", [this](const std::string& text) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) throw Error(ErrorKind::kUsage, "expected KEY=VALUE");
      annotations_[text.substr(0, equals)] = text.substr(equals + 1);
    });
  }

  void ApplyTo(oci::Descriptor& entry) const {
    const bool any = os_ || arch_ || variant_ || os_version_ || !features_.empty();
    if (any && !entry.platform) entry.platform.emplace();
    if (os_) entry.platform->os = *os_;
    if (arch_) entry.platform->architecture = *arch_;
    if (variant_) entry.platform->variant = *variant_;
    if (os_version_) entry.platform->os_version = *os_version_;
    if (!features_.empty()) entry.platform->os_features = features_;
    for (const auto& [name, value] : annotations_) entry.annotations[name] = value;
  }

 private:
  std::optional<std::string> os_;
  std::optional<std::string> arch_;
  std::optional<std::string> variant_;
  std::optional<std::string> os_version_;
  std::vector<std::string> features_;
  std::map<std::string, std::string> annotations_;
};

class ManifestAddCommand final : public ManifestCommand {
  void DeclareMore(OptionSet& options) override {
    options.Switch("--all", "All images of one that is an index", all_);
    entry_.Declare(options);
  }

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    NamedIndex list = Get(wiring, operands[0]);
    for (auto image = operands.begin() + 1; image != operands.end(); ++image) {
      std::string_view name = *image;
      if (name.starts_with("docker://")) name.remove_prefix(std::string_view("docker://").size());
      std::vector<oci::Descriptor> entries = Fetch(wiring, std::string(name), all_);
      for (oci::Descriptor& entry : entries) entry_.ApplyTo(entry);
      AddEntries(list.index, entries);
    }
    WriteStandardOutput(Keep(wiring, list).digest.ToString() + "\n");
    return kExitOk;
  }

  bool all_ = false;
  EntryOptions entry_;
};

// The entry that is meant: by its digest, or by the image's name.
oci::Descriptor& Entry(Wiring& wiring, oci::Index& index, const std::string& what) {
  std::optional<oci::Digest> digest = oci::Digest::TryParse(what);
  if (!digest) {
    const auto found = LookUpNamed(wiring, what);
    digest = found ? found->descriptor.digest
                   : OpenImage(wiring, wiring.registry(), ImageLocation::Parse(what)).root.digest;
  }
  for (oci::Descriptor& entry : index.manifests) {
    if (entry.digest == *digest) return entry;
  }
  throw Error(ErrorKind::kNotFound, fmt::format("{} is not in the index", Quote(what)));
}

class ManifestAnnotateCommand final : public ManifestCommand {
  void DeclareMore(OptionSet& options) override { entry_.Declare(options); }

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    NamedIndex list = Get(wiring, operands[0]);
    entry_.ApplyTo(Entry(wiring, list.index, operands[1]));
    Keep(wiring, list);
    return kExitOk;
  }

  EntryOptions entry_;
};

class ManifestRemoveCommand final : public ManifestCommand {
  void DeclareMore(OptionSet&) override {}

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    NamedIndex list = Get(wiring, operands[0]);
    for (auto what = operands.begin() + 1; what != operands.end(); ++what) {
      const oci::Digest digest = Entry(wiring, list.index, *what).digest;
      std::erase_if(list.index.manifests,
                    [&](const oci::Descriptor& entry) { return entry.digest == digest; });
    }
    WriteStandardOutput(Keep(wiring, list).digest.ToString() + "\n");
    return kExitOk;
  }
};

class ManifestInspectCommand final : public ManifestCommand {
  void DeclareMore(OptionSet& options) override {
    options.Switch("-v,--verbose", "With the descriptor of what is shown", verbose_);
  }

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    ImageLocation location = ImageLocation::Parse(operands[0]);
    if (LookUp(wiring, operands[0])) location.kind = PlaceKind::kStore;
    const OpenedImage image = OpenImage(wiring, wiring.registry(), location);
    const OrderedJson json =
        verbose_ ? Verbose(image, location)
                 : ParseOrderedJson(oci::ReadBlob(*image.blobs, image.root), "manifest");
    WriteStandardOutput(DumpJson(json, JsonStyle::kGoIndented) + "\n");
    return kExitOk;
  }

  // In docker's shape: of an index, a list of its images.
  static OrderedJson Verbose(const OpenedImage& image, const ImageLocation& location) {
    const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
    const std::string name =
        location.kind == PlaceKind::kRegistry || location.kind == PlaceKind::kStore
            ? location.Name().ToString()
            : location.ToString();
    if (const auto* index = std::get_if<oci::Index>(&document)) {
      OrderedJson list = OrderedJson::array();
      for (const oci::Descriptor& entry : index->manifests) {
        list.push_back(VerboseEntry(image, entry, name + "@" + entry.digest.ToString()));
      }
      return list;
    }
    oci::Descriptor entry = image.root;
    if (oci::IsConfigType(std::get<oci::Manifest>(document).config.media_type)) {
      entry.platform =
          ReadOneImage(*image.blobs, image.root, oci::Platform::Host()).config.platform;
    }
    return VerboseEntry(image, entry, name);
  }

  static OrderedJson VerboseEntry(const OpenedImage& image, const oci::Descriptor& entry,
                                  const std::string& name) {
    const std::string text = oci::ReadBlob(*image.blobs, entry);
    const bool docker = entry.media_type == oci::kDockerManifest;
    return {{"Ref", name},
            {"Descriptor", oci::WriteDescriptor(entry)},
            {"Raw", EncodeBase64(text)},
            {docker ? "SchemaV2Manifest" : "OCIManifest", ParseOrderedJson(text, "manifest")}};
  }

  bool verbose_ = false;
};

class ManifestPushCommand final : public ManifestCommand {
  void DeclareMore(OptionSet& options) override {
    options.Switch("-p,--purge", "Remove it from the store when it has been pushed", purge_);
    options.Switch("--rm", "The same", purge_);
    options.Switch("--all", "With its images, which is always so here", all_);
    options.Value("--digestfile", "FILE", "Write the digest to FILE", digest_file_);
    DeclareExportOptions(options, export_);
  }

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    const NamedIndex list = Get(wiring, operands[0]);
    std::string_view target = operands.back();
    if (target.starts_with("docker://")) target.remove_prefix(std::string_view("docker://").size());
    const oci::Reference name = operands.size() > 1 ? oci::Reference::Parse(target) : list.name;
    const auto found = FindNamed(wiring, operands[0]);
    const auto receipt = PushImage(wiring, found.descriptor, {.name = name}, export_);
    const std::string digest = receipt.root.digest.ToString();
    if (digest_file_) WriteFileAtomically(*digest_file_, digest);
    if (purge_) wiring.store().names().Remove(list.name);
    WriteStandardOutput(digest + "\n");
    return kExitOk;
  }

  bool purge_ = false;
  bool all_ = true;
  std::optional<std::string> digest_file_;
  layers::ExportOptions export_;
};

class ManifestRmCommand final : public ManifestCommand {
  void DeclareMore(OptionSet&) override {}

  int Work(Wiring& wiring, const std::vector<std::string>& operands) override {
    std::vector<oci::Reference> names;
    for (const std::string& operand : operands) names.push_back(Get(wiring, operand).name);
    for (const oci::Reference& name : names) wiring.store().names().Remove(name);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeManifestCreate() { return std::make_unique<ManifestCreateCommand>(); }
std::unique_ptr<Command> MakeManifestAdd() { return std::make_unique<ManifestAddCommand>(); }
std::unique_ptr<Command> MakeManifestAnnotate() {
  return std::make_unique<ManifestAnnotateCommand>();
}
std::unique_ptr<Command> MakeManifestRemove() { return std::make_unique<ManifestRemoveCommand>(); }
std::unique_ptr<Command> MakeManifestInspect() {
  return std::make_unique<ManifestInspectCommand>();
}
std::unique_ptr<Command> MakeManifestPush() { return std::make_unique<ManifestPushCommand>(); }
std::unique_ptr<Command> MakeManifestRm() { return std::make_unique<ManifestRmCommand>(); }

}  // namespace ibuild::cli
