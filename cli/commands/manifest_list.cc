#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/compression.h"
#include "cli/exit_code.h"
#include "cli/image_destination.h"
#include "cli/image_names.h"
#include "cli/local_images.h"
#include "cli/manifest_lists.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/open_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "oci/media_type.h"
#include "registry/client/registry_client.h"
#include "registry/transfer/pull.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// podman's and buildah's manifest lists: indexes of the store, under a name.

oci::Descriptor FindList(Wiring& wiring, const std::string& name) {
  const layers::FoundImage found = FindNamed(wiring, name);
  if (oci::IsIndexType(found.descriptor.media_type)) return found.descriptor;
  throw Error(ErrorKind::kInvalidInput, fmt::format("{} is an image, no list", Quote(name)))
      .WithHint("`manifest create NAME` makes a list");
}

// Of an image here, else of one that is fetched: a manifest with its platform, or all of an index.
std::vector<oci::Descriptor> ManifestsOf(Wiring& wiring, std::string_view image, bool all) {
  constexpr std::string_view kDocker = "docker://";
  constexpr std::string_view kStorage = "containers-storage:";
  const bool remote = image.starts_with(kDocker);
  if (remote) image.remove_prefix(kDocker.size());
  if (image.starts_with(kStorage)) image.remove_prefix(kStorage.size());
  layers::Store& store = wiring.store();
  const auto local = remote ? std::nullopt : LookUpNamed(wiring, image);
  oci::Descriptor root = {.digest = oci::Digest::OfText("")};
  if (local) {
    root = local->descriptor;
  } else {
    const auto platform = all ? std::nullopt : std::optional(oci::Platform::Host());
    root = registry::Pull({.source = oci::Reference::Parse(image),
                           .platform = platform,
                           .layers = true,
                           .stop = wiring.stop()},
                          wiring.registry(), store.blobs(), wiring.reporter())
               .root;
  }
  if (all && oci::IsIndexType(root.media_type)) return ListEntries(wiring.store(), root);
  const auto found = ReadHostOrAny(store, root);
  if (!found) {
    throw Error(ErrorKind::kNotFound, fmt::format("there is no image {}", Quote(image)));
  }
  oci::Descriptor manifest = found->manifest;
  manifest.platform = found->config.platform;
  return {manifest};
}

class ListCreateCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("-a,--amend", "A list that is there already is added to", amend_);
    options.Switch("--all", "All images of lists that are given", all_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Reference name = NameToGive(wiring.settings(), operands[0]);
    const auto known = wiring.store().names().Find(name);
    if (known && !amend_) {
      throw Error(ErrorKind::kInvalidInput, fmt::format("{} is there already", Quote(operands[0])))
          .WithHint("`--amend` adds to it; `manifest rm` removes it");
    }
    std::vector<oci::Descriptor> entries;
    if (known && oci::IsIndexType(known->media_type)) entries = ListEntries(wiring.store(), *known);
    for (std::size_t i = 1; i < operands.size(); ++i) {
      AddEach(entries, ManifestsOf(wiring, operands[i], all_));
    }
    SetList(wiring.store(), name, entries);
    WriteStandardOutput(wiring.store().names().Find(name)->digest.hex() + "\n");
    return kExitOk;
  }

 private:
  bool amend_ = false;
  bool all_ = false;
  RegistryOptions registry_;
};

class ListAddCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--all", "All images of a list that is given", all_);
    options.Value("--arch", "ARCH", "Of the image", arch_);
    options.Value("--os", "OS", "Of the image", os_);
    options.Value("--variant", "VARIANT", "Of the image", variant_);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Descriptor list = FindList(wiring, operands[0]);
    std::vector<oci::Descriptor> entries = ListEntries(wiring.store(), list);
    for (std::size_t i = 1; i < operands.size(); ++i) {
      std::vector<oci::Descriptor> more = ManifestsOf(wiring, operands[i], all_);
      for (oci::Descriptor& entry : more) Describe(entry);
      AddEach(entries, more);
    }
    SetList(wiring.store(), *FindNamed(wiring, operands[0]).name, entries);
    WriteStandardOutput(FindList(wiring, operands[0]).digest.hex() + "\n");
    return kExitOk;
  }

 private:
  void Describe(oci::Descriptor& entry) const {
    oci::Platform platform = entry.platform.value_or(oci::Platform::Host());
    if (arch_) platform.architecture = *arch_;
    if (os_) platform.os = *os_;
    if (variant_) platform.variant = *variant_;
    entry.platform = platform;
  }

  bool all_ = false;
  std::optional<std::string> arch_;
  std::optional<std::string> os_;
  std::optional<std::string> variant_;
  RegistryOptions registry_;
};

class ListPushCommand final : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Switch("--all", "With all images; always so", all_);
    options.Switch("--rm", "Remove the list when it is pushed", remove_);
    options.Switch("-p,--purge", "Remove the list when it is pushed", remove_);
    options.Value("--digestfile", "FILE", "Write the digest", digest_file_);
    options.Custom("-f,--format", "oci|docker", "Media types",
                   [this](const std::string& text) { export_.types = ParseTypeFamily(text); });
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    const oci::Descriptor list = FindList(wiring, operands[0]);
    const oci::Reference name = *FindNamed(wiring, operands[0]).name;
    const ImageDestination destination =
        operands.size() > 1
            ? ParsePushDestination(operands[1])
            : ImageDestination{.kind = ImageDestination::Kind::kRegistry, .name = name};
    const oci::Descriptor pushed = Deliver(wiring, list, destination, export_);
    wiring.FinishReporting();
    if (digest_file_) WriteFileAtomically(*digest_file_, pushed.digest.ToString());
    if (remove_) wiring.store().names().Remove(name);
    WriteStandardOutput(pushed.digest.ToString() + "\n");
    return kExitOk;
  }

 private:
  bool all_ = false;
  bool remove_ = false;
  std::optional<std::string> digest_file_;
  layers::ExportOptions export_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

// A list that is not here is one of a registry.
class ListInspectCommand final : public Command {
 public:
  void Declare(OptionSet& options) override { registry_.Declare(options); }
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    registry_.ApplyTo(wiring.registry_settings());
    if (LookUpNamed(wiring, operands[0])) {
      const oci::Descriptor list = FindList(wiring, operands[0]);
      WriteStandardOutput(oci::ReadBlob(wiring.store().blobs(), list) + "\n");
      return kExitOk;
    }
    const OpenedImage there =
        OpenImage(wiring, wiring.registry(), ImageLocation::Parse(operands[0]));
    WriteStandardOutput(oci::ReadBlob(*there.blobs, there.root) + "\n");
    return kExitOk;
  }

 private:
  RegistryOptions registry_;
};

class ListRemoveCommand final : public Command {
 public:
  void Declare(OptionSet&) override {}
  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    for (const std::string& operand : operands) {
      FindList(wiring, operand);
      const layers::FoundImage found = FindNamed(wiring, operand);
      for (const oci::Reference& name : found.names) wiring.store().names().Remove(name);
    }
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Command> MakeListAdd() { return std::make_unique<ListAddCommand>(); }
std::unique_ptr<Command> MakeListCreate() { return std::make_unique<ListCreateCommand>(); }
std::unique_ptr<Command> MakeListInspect() { return std::make_unique<ListInspectCommand>(); }
std::unique_ptr<Command> MakeListPush() { return std::make_unique<ListPushCommand>(); }
std::unique_ptr<Command> MakeListRemove() { return std::make_unique<ListRemoveCommand>(); }

}  // namespace ibuild::cli
