// mutate, append, rebase, flatten: images changed without running anything in them.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/remote/copy_image.h"
#include "cli/remote/default_platform.h"
#include "cli/remote/edited_image.h"
#include "cli/wiring.h"
#include "layers/archive/rootfs_export.h"
#include "layers/compress/codec.h"
#include "layers/snapshot/unpack_image.h"
#include "layers/store/store.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// "a,b" as crane writes lists, or a JSON array.
std::vector<std::string> ParseWords(const std::string& text) {
  if (text.starts_with('[')) {
    const Json json = ParseJson(text, "the list");
    return JsonReader(json, "the list").AsStrings();
  }
  std::vector<std::string> words;
  for (const std::string_view word : Split(text, ',')) words.emplace_back(word);
  return words;
}

std::pair<std::string, std::string> ParsePair(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not KEY=VALUE", Quote(text)));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// "A=b", or "A=b,C=d" as crane takes several at once: a text with one "=" is one pair, whatever
// commas it has.
std::vector<std::string> SplitPairs(const std::string& text) {
  if (std::count(text.begin(), text.end(), '=') <= 1) return {text};
  return ParseWords(text);
}

// What all four have: where from, where to, and how to speak to registries.
class EditCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    DeclareEdit(options);
    options.Custom("--platform", "OS/ARCH", "Only the image of this platform",
                   [this](const std::string& text) {
                     if (text != "all") platform_ = oci::Platform::Parse(text);
                   });
    target_.Declare(options);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    if (!platform_) platform_ = PersistentPlatform(wiring.settings());
    Edit(wiring, operands);
    return kExitOk;
  }

 protected:
  virtual void DeclareEdit(OptionSet& options) = 0;
  virtual void Edit(Wiring& wiring, const std::vector<std::string>& operands) = 0;

  OpenedImage Open(Wiring& wiring, const ImageLocation& location) const {
    return OpenImage(wiring, wiring.registry(), location);
  }

  std::optional<oci::Platform> platform_;
  EditTarget target_;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

// Puts the layers on top, with their names in the configuration.
EditedParts WithLayers(Wiring& wiring, const ReadImageParts& image, const ImageEdit& edit,
                       const std::vector<NewLayer>& added, CombinedSource& parts) {
  EditedParts edited{EditConfig(image.config_text, edit, added, "configuration"), image.manifest};
  const bool docker = image.manifest.media_type == oci::kDockerManifest;
  for (const NewLayer& layer : added) {
    oci::Descriptor blob = layer.blob;
    const auto compression = oci::CompressionOfLayerType(blob.media_type);
    if (docker) blob.media_type = oci::LayerType(oci::TypeFamily::kDocker, *compression);
    parts.AddBlob(wiring.store().blobs(), blob);
    edited.manifest.layers.push_back(std::move(blob));
  }
  for (const auto& [name, value] : edit.annotations) edited.manifest.annotations[name] = value;
  return edited;
}

class MutateCommand final : public EditCommand {
  void DeclareEdit(OptionSet& options) override {
    DeclareRuntime(options);
    const auto pair = [](std::map<std::string, std::string>& target) {
      return [&target](const std::string& text) {
        const auto [name, value] = ParsePair(text);
        target[name] = value;
      };
    };
    options.Custom("-l,--label", "KEY=VALUE", "Set a label", pair(edit_.labels));
    options.Each("--unset-label", "KEY", "Remove a label", edit_.unset_labels);
    options.Custom("-a,--annotation", "KEY=VALUE", "Set an annotation of the manifest",
                   pair(edit_.annotations));
    DeclareLists(options);
    options.Each("--append", "FILE", "Put a layer of this tar on top", append_);
    options.Custom(
        "--set-platform", "OS/ARCH", "Say that it is for this platform",
        [this](const std::string& text) { edit_.platform = oci::Platform::Parse(text); });
    options.Value("--created", "TIME", "When it was made (RFC 3339)", edit_.created);
    options.Value("--author", "NAME", "Who made it", edit_.author);
  }

  void DeclareLists(OptionSet& options) {
    const auto pairs = [](std::map<std::string, std::string>& target) {
      return [&target](const std::string& text) {
        for (const std::string& each : SplitPairs(text)) {
          const auto [name, value] = ParsePair(each);
          target[name] = value;
        }
      };
    };
    options.Custom("--label-list", "LIST", "Labels, as `A=b,C=d`", pairs(edit_.labels));
    options.Custom("--annotation-list", "LIST", "Annotations, likewise", pairs(edit_.annotations));
    options.Custom("--env-list", "LIST", "Variables, likewise", [this](const std::string& text) {
      for (const std::string& each : SplitPairs(text)) {
        ParsePair(each);
        edit_.env.push_back(each);
      }
    });
  }

  void DeclareRuntime(OptionSet& options) {
    options.Custom("--entrypoint", "LIST", "Program, as `a,b` or as JSON",
                   [this](const std::string& text) { edit_.entrypoint = ParseWords(text); });
    options.Custom("--cmd", "LIST", "Default arguments, likewise",
                   [this](const std::string& text) { edit_.cmd = ParseWords(text); });
    options.Custom("-e,--env", "NAME=VALUE", "Set a variable", [this](const std::string& text) {
      ParsePair(text);
      edit_.env.push_back(text);
    });
    options.Each("--unset-env", "NAME", "Remove a variable", edit_.unset_env);
    options.Value("-u,--user", "USER", "Whom it runs as", edit_.user);
    options.Value("-w,--workdir", "DIR", "Where it runs", edit_.working_dir);
    options.Value("--stop-signal", "SIGNAL", "How it is stopped", edit_.stop_signal);
    options.Custom("--exposed-ports", "LIST", "Ports that it listens on, as `80,443/tcp`",
                   [this](const std::string& text) { edit_.exposed_ports = ParseWords(text); });
    options.Each("--volume", "DIR", "A volume", edit_.volumes);
  }

  void Edit(Wiring& wiring, const std::vector<std::string>& operands) override {
    const ImageLocation location = ImageLocation::Parse(operands[0]);
    const OpenedImage image = Open(wiring, location);
    std::vector<NewLayer> added;
    for (const std::string& file : append_) {
      added.push_back(MakeLayer(wiring, file, "ibuild mutate --append"));
    }
    CombinedSource parts;
    const oci::Descriptor root =
        EditImage(image, platform_, parts, [&](const ReadImageParts& one, CombinedSource& into) {
          return WithLayers(wiring, one, edit_, added, into);
        });
    target_.Write(wiring, parts, root, location);
  }

  ImageEdit edit_;
  std::vector<std::string> append_;
};

class AppendCommand final : public EditCommand {
  void DeclareEdit(OptionSet& options) override {
    options.Value("-b,--base", "NAME", "The image to append to (default: an empty one)", base_);
    options.Each("-f,--new_layer", "FILE", "A tar, compressed or not, that becomes a layer",
                 files_);
    options.Switch("--set-base-image-annotations", "Note the base in annotations", note_base_);
  }

  // append BASE FILE… or append --base BASE --new_layer FILE
  void Edit(Wiring& wiring, const std::vector<std::string>& operands) override {
    std::vector<std::string> files = files_;
    std::optional<std::string> base = base_;
    auto operand = operands.begin();
    if (!base && operand != operands.end() && files.empty()) base = *operand++;
    files.insert(files.end(), operand, operands.end());
    if (files.empty()) throw Error(ErrorKind::kUsage, "there is no layer to append");
    std::vector<NewLayer> added;
    for (const std::string& file : files) {
      added.push_back(MakeLayer(wiring, file, "ibuild append " + file));
    }
    CombinedSource parts;
    if (!base) return Append(wiring, EmptyImage(wiring), added, parts, std::nullopt);
    const ImageLocation location = ImageLocation::Parse(*base);
    Append(wiring, Open(wiring, location), added, parts, location);
  }

  void Append(Wiring& wiring, const OpenedImage& image, const std::vector<NewLayer>& added,
              CombinedSource& parts, const std::optional<ImageLocation>& location) const {
    ImageEdit edit;
    if (note_base_ && location && location->kind == PlaceKind::kRegistry) {
      edit.annotations["org.opencontainers.image.base.name"] = location->Name().ToString();
      edit.annotations["org.opencontainers.image.base.digest"] = image.root.digest.ToString();
    }
    const oci::Descriptor root =
        EditImage(image, platform_, parts, [&](const ReadImageParts& one, CombinedSource& into) {
          return WithLayers(wiring, one, edit, added, into);
        });
    target_.Write(wiring, parts, root, location);
  }

  OpenedImage EmptyImage(Wiring& wiring) const {
    oci::ImageConfig config;
    config.platform = platform_.value_or(oci::Platform::Host());
    oci::BlobStore& blobs = wiring.store().blobs();
    const oci::Descriptor text = oci::PutBlob(blobs, oci::kOciConfig, oci::Serialize(config));
    const oci::Manifest manifest{.media_type = std::string(oci::kOciManifest), .config = text};
    return {nullptr,
            &blobs,
            nullptr,
            oci::PutBlob(blobs, oci::kOciManifest, oci::Serialize(manifest)),
            {}};
  }

  std::optional<std::string> base_;
  std::vector<std::string> files_;
  bool note_base_ = false;
};

class RebaseCommand final : public EditCommand {
  void DeclareEdit(OptionSet& options) override {
    options.Value("--old_base", "NAME", "The base that the image stands on", old_base_);
    options.Value("--new_base", "NAME", "The base that it is to stand on", new_base_);
  }

  void Edit(Wiring& wiring, const std::vector<std::string>& operands) override {
    const ImageLocation location = ImageLocation::Parse(operands[0]);
    const OpenedImage image = Open(wiring, location);
    CombinedSource parts;
    std::vector<OpenedImage> bases;  // outlive the writing
    bases.reserve(2);
    const oci::Descriptor root =
        EditImage(image, platform_, parts, [&](const ReadImageParts& one, CombinedSource& into) {
          if (bases.empty()) OpenBases(wiring, one, bases);
          return RebaseOne(one, bases, into);
        });
    target_.Write(wiring, parts, root, location);
  }

  // The annotations of the image name its base when the command line does not.
  void OpenBases(Wiring& wiring, const ReadImageParts& one, std::vector<OpenedImage>& bases) const {
    const auto note = [&](const char* name) {
      const auto found = one.manifest.annotations.find(name);
      return found == one.manifest.annotations.end() ? std::string() : found->second;
    };
    const std::string name = note("org.opencontainers.image.base.name");
    const std::string digest = note("org.opencontainers.image.base.digest");
    std::string old_base = old_base_.value_or("");
    if (old_base.empty() && !name.empty() && !digest.empty()) {
      old_base = oci::Reference::Parse(name).repository().ToString() + "@" + digest;
    }
    const std::string new_base = new_base_.value_or(name);
    if (old_base.empty() || new_base.empty()) {
      throw Error(ErrorKind::kUsage, "the image does not say what it stands on")
          .WithHint("name the bases with `--old_base NAME --new_base NAME`");
    }
    bases.push_back(Open(wiring, ImageLocation::Parse(old_base)));
    bases.push_back(Open(wiring, ImageLocation::Parse(new_base)));
  }

  static EditedParts RebaseOne(const ReadImageParts& one, const std::vector<OpenedImage>& bases,
                               CombinedSource& into) {
    const oci::Platform& platform = one.config.platform;
    const ReadImageParts below = ReadOneImage(*bases[0].blobs, bases[0].root, platform);
    const ReadImageParts fresh = ReadOneImage(*bases[1].blobs, bases[1].root, platform);
    into.AddImage(*bases[1].blobs, fresh.descriptor);
    RebasedConfig rebased =
        Rebase({one.manifest, one.config_text}, {below.manifest, below.config_text},
               {fresh.manifest, fresh.config_text});
    EditedParts edited{std::move(rebased.text), one.manifest};
    edited.manifest.layers = std::move(rebased.layers);
    auto& annotations = edited.manifest.annotations;
    if (annotations.contains("org.opencontainers.image.base.digest")) {
      annotations["org.opencontainers.image.base.digest"] = bases[1].root.digest.ToString();
    }
    return edited;
  }

  std::optional<std::string> old_base_;
  std::optional<std::string> new_base_;
};

class FlattenCommand final : public EditCommand {
  void DeclareEdit(OptionSet&) override {}

  void Edit(Wiring& wiring, const std::vector<std::string>& operands) override {
    const ImageLocation location = ImageLocation::Parse(operands[0]);
    const OpenedImage image = Open(wiring, location);
    CombinedSource parts;
    const oci::Descriptor root =
        EditImage(image, platform_, parts, [&](const ReadImageParts& one, CombinedSource& into) {
          const NewLayer layer = MakeOneLayer(wiring, image, one);
          EditedParts edited{FlattenConfig(one.config_text, layer, "configuration"), one.manifest};
          into.AddBlob(wiring.store().blobs(), layer.blob);
          edited.manifest.layers = {layer.blob};
          return edited;
        });
    target_.Write(wiring, parts, root, location);
  }

  static NewLayer MakeOneLayer(Wiring& wiring, const OpenedImage& image,
                               const ReadImageParts& one) {
    layers::Store& store = wiring.store();
    KeepInStore(wiring, *image.blobs, one.descriptor);
    wiring.BecomeRoot();
    layers::UnpackImage(store, one.manifest, one.config, wiring.reporter());
    const auto writer = store.NewBlob();
    const auto compressor = layers::Compress({}, *writer);
    oci::Digester digester;
    FunctionSink plain([&](std::span<const std::byte> bytes) {
      digester.Update(bytes);
      compressor->Write(bytes);
    });
    layers::WriteRootfsTar(store, {{.layers = one.config.diff_ids}}, plain);
    compressor->Finish();
    writer->Publish();
    const bool docker = one.manifest.media_type == oci::kDockerManifest;
    const auto family = docker ? oci::TypeFamily::kDocker : oci::TypeFamily::kOci;
    return {writer->Describe(std::string(oci::LayerType(family, oci::Compression::kGzip))),
            {digester.Finish()},
            "ibuild flatten"};
  }
};

}  // namespace

std::unique_ptr<Command> MakeMutate() { return std::make_unique<MutateCommand>(); }
std::unique_ptr<Command> MakeAppend() { return std::make_unique<AppendCommand>(); }
std::unique_ptr<Command> MakeRebase() { return std::make_unique<RebaseCommand>(); }
std::unique_ptr<Command> MakeFlatten() { return std::make_unique<FlattenCommand>(); }

}  // namespace ibuild::cli
