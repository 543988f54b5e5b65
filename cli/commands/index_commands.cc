// index create, add, remove: images of several platforms under one name of a registry; and buildx'
// imagetools create, which is the same in other words.
#include <fmt/format.h>

#include <algorithm>

#include "cli/building/annotation_option.h"
#include "cli/commands/remote.h"
#include "cli/exit_code.h"
#include "cli/progress_options.h"
#include "cli/registry_options.h"
#include "cli/remote/combined_source.h"
#include "cli/remote/open_image.h"
#include "cli/remote/write_image.h"
#include "cli/render/output.h"
#include "cli/wiring.h"
#include "oci/media_type.h"
#include "oci/present_image.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// The entries that an image brings to an index: its own, or those of the index that it is.
std::vector<oci::Descriptor> EntriesOf(const OpenedImage& image) {
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  if (const auto* index = std::get_if<oci::Index>(&document)) return index->manifests;
  oci::Descriptor entry = image.root;
  const auto& manifest = std::get<oci::Manifest>(document);
  if (oci::IsConfigType(manifest.config.media_type)) {
    entry.platform = ReadOneImage(*image.blobs, image.root, oci::Platform::Host()).config.platform;
  } else {
    entry.artifact_type =
        manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type;
  }
  return {entry};
}

bool SamePlatform(const oci::Descriptor& a, const oci::Descriptor& b) {
  return a.platform && b.platform && oci::IsImageEntry(a) && oci::IsImageEntry(b) &&
         oci::Normalize(*a.platform) == oci::Normalize(*b.platform);
}

// A newer image takes the place of the older one for its platform.
void AddEntry(oci::Index& index, const oci::Descriptor& entry) {
  std::erase_if(index.manifests, [&](const oci::Descriptor& known) {
    return known.digest == entry.digest || SamePlatform(known, entry);
  });
  index.manifests.push_back(entry);
}

class IndexCommand : public Command {
 public:
  void Declare(OptionSet& options) override {
    options.Each("-m,--manifest", "NAME", "An image to put in", images_);
    options.Each("-t,--tag", "NAME", "Where the index goes", tags_);
    options.Custom("--annotation", "[PLACE:]KEY=VALUE",
                   "Of the index, or (`manifest-descriptor:…`) of its entries",
                   [this](const std::string& text) { AddAnnotation(text); });
    options.Custom(
        "--platform", "OS/ARCH", "Only images of this platform; several times if wanted",
        [this](const std::string& text) { platforms_.push_back(oci::Platform::Parse(text)); });
    options.Switch("--docker", "A manifest list of Docker's types", docker_);
    options.Switch("--dry-run", "Print the index instead of writing it", dry_run_);
    DeclareMore(options);
    progress_.Declare(options);
    registry_.Declare(options);
  }

  int Run(Wiring& wiring, const std::vector<std::string>& operands) override {
    progress_.ApplyTo(wiring.settings());
    registry_.ApplyTo(wiring.registry_settings());
    oci::Index index{.media_type = std::string(docker_ ? oci::kDockerIndex : oci::kOciIndex)};
    Fill(wiring, operands, index);
    if (!whole_) Annotate(index);
    const oci::Descriptor root =
        whole_ ? *whole_ : parts_.AddText(index.media_type, oci::Serialize(index));
    if (dry_run_) {
      WriteStandardOutput(oci::ReadBlob(parts_, root) + "\n");
      return kExitOk;
    }
    if (tags_.empty()) throw Error(ErrorKind::kUsage, "where to?").WithHint("add `-t NAME`");
    for (const std::string& tag : tags_) Write(wiring, tag, root);
    return kExitOk;
  }

 protected:
  virtual void DeclareMore(OptionSet&) {}
  virtual void Fill(Wiring& wiring, const std::vector<std::string>& operands,
                    oci::Index& index) = 0;

  const OpenedImage& Open(Wiring& wiring, const std::string& name) {
    const ImageLocation location = ImageLocation::Parse(name);
    if (location.kind == PlaceKind::kRegistry) {
      mount_from_.push_back(location.Name().repository());
    }
    opened_.push_back(
        std::make_unique<OpenedImage>(OpenImage(wiring, wiring.registry(), location)));
    return *opened_.back();
  }

  void AddImage(Wiring& wiring, const std::string& name, oci::Index& index) {
    const OpenedImage& image = Open(wiring, name);
    for (const oci::Descriptor& entry : EntriesOf(image)) {
      if (!IsWanted(entry)) continue;
      parts_.AddImage(*image.blobs, entry);
      AddEntry(index, entry);
    }
  }

  // What is there stays, whatever platforms are asked for.
  void KeepEntries(const OpenedImage& image, oci::Index& index) {
    const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
    const auto* present = std::get_if<oci::Index>(&document);
    if (present == nullptr) {
      throw Error(ErrorKind::kInvalidInput, "it is no index but the image of one platform")
          .WithHint("`ibuild index create -t NAME IMAGE...` makes one");
    }
    index = *present;
    for (const oci::Descriptor& entry : index.manifests) parts_.AddImage(*image.blobs, entry);
  }

  // The image itself is what is written, whatever the index says.
  void TakeWhole(const OpenedImage& image) {
    parts_.AddImage(*image.blobs, image.root);
    whole_ = image.root;
  }

  std::vector<std::string> images_;
  std::vector<std::string> tags_;
  std::vector<layers::Annotation> annotations_;
  bool docker_ = false;

 private:
  // The manifest of an image is another image with other annotations, which only `mutate` makes.
  void AddAnnotation(const std::string& text) {
    for (layers::Annotation& annotation : ParseAnnotation(text)) {
      const bool of_manifest = text.starts_with("manifest:") || text.starts_with("manifest[") ||
                               text.starts_with("manifest,");
      if (of_manifest && annotation.place == layers::AnnotationPlace::kManifest) {
        throw Error(ErrorKind::kUnsupported, "an index cannot annotate the manifests in it")
            .WithHint("`ibuild mutate --annotation KEY=VALUE` changes an image");
      }
      if (annotation.place == layers::AnnotationPlace::kManifest) {
        annotation.place = layers::AnnotationPlace::kIndex;
      }
      annotations_.push_back(std::move(annotation));
    }
  }

  void Annotate(oci::Index& index) const {
    layers::AddAnnotations(annotations_, layers::AnnotationPlace::kIndex, {}, index.annotations);
    for (oci::Descriptor& entry : index.manifests) {
      layers::AddAnnotations(annotations_, layers::AnnotationPlace::kManifestDescriptor,
                             entry.platform, entry.annotations);
    }
  }

  bool IsWanted(const oci::Descriptor& entry) const {
    if (platforms_.empty()) return true;
    return entry.platform &&
           std::any_of(platforms_.begin(), platforms_.end(), [&](const oci::Platform& wanted) {
             return oci::MatchRank(wanted, *entry.platform).has_value();
           });
  }

  void Write(Wiring& wiring, const std::string& tag, const oci::Descriptor& root) {
    WriteRequest request{
        .target = ImageLocation::Parse(tag), .root = root, .mount_from = mount_from_};
    const oci::Digest digest = WriteImage(wiring, wiring.registry(), parts_, request);
    const bool registry = request.target.kind == PlaceKind::kRegistry;
    WriteStandardOutput(registry ? request.target.Name().repository().ToString() + "@" +
                                       digest.ToString() + "\n"
                                 : digest.ToString() + "\n");
  }

  CombinedSource parts_;
  std::vector<std::unique_ptr<OpenedImage>> opened_;  // what `parts_` reads from
  std::vector<oci::Repository> mount_from_;
  std::optional<oci::Descriptor> whole_;
  std::vector<oci::Platform> platforms_;
  bool dry_run_ = false;
  ProgressOptions progress_;
  RegistryOptions registry_;
};

// index create -t TARGET IMAGE…, or index create TARGET IMAGE…
class IndexCreateCommand final : public IndexCommand {
  void Fill(Wiring& wiring, const std::vector<std::string>& operands, oci::Index& index) override {
    auto operand = operands.begin();
    if (tags_.empty() && operand != operands.end()) tags_.push_back(*operand++);
    images_.insert(images_.end(), operand, operands.end());
    for (const std::string& name : images_) AddImage(wiring, name, index);
    if (index.manifests.empty()) throw Error(ErrorKind::kUsage, "the index would be empty");
  }
};

// index filter IMAGE --platform P: what is left, under the same name unless told otherwise
class IndexFilterCommand final : public IndexCommand {
  void Fill(Wiring& wiring, const std::vector<std::string>& operands, oci::Index& index) override {
    AddImage(wiring, operands[0], index);
    if (tags_.empty()) tags_.push_back(operands[0]);
    if (index.manifests.empty()) throw Error(ErrorKind::kUsage, "the index would be empty");
  }
};

// index add TARGET IMAGE…; crane's append may do without the first
class IndexAddCommand final : public IndexCommand {
  void Fill(Wiring& wiring, const std::vector<std::string>& operands, oci::Index& index) override {
    if (!operands.empty()) {
      KeepEntries(Open(wiring, operands[0]), index);
      if (tags_.empty()) tags_.push_back(operands[0]);
      images_.insert(images_.end(), operands.begin() + 1, operands.end());
    }
    for (const std::string& name : images_) AddImage(wiring, name, index);
  }
};

// index remove TARGET PLATFORM|DIGEST…
class IndexRemoveCommand final : public IndexCommand {
  void Fill(Wiring& wiring, const std::vector<std::string>& operands, oci::Index& index) override {
    KeepEntries(Open(wiring, operands[0]), index);
    if (tags_.empty()) tags_.push_back(operands[0]);
    for (auto what = operands.begin() + 1; what != operands.end(); ++what) Remove(*what, index);
  }

  static void Remove(const std::string& what, oci::Index& index) {
    const auto digest = oci::Digest::TryParse(what);
    std::vector<oci::Digest> gone;
    for (const oci::Descriptor& entry : index.manifests) {
      const bool meant = digest ? entry.digest == *digest
                                : entry.platform && oci::IsImageEntry(entry) &&
                                      oci::Normalize(*entry.platform) ==
                                          oci::Normalize(oci::Platform::Parse(what));
      if (meant) gone.push_back(entry.digest);
    }
    if (gone.empty()) {
      throw Error(ErrorKind::kNotFound, fmt::format("the index has no {}", Quote(what)));
    }
    // Attestations go with the image that they are about.
    std::erase_if(index.manifests, [&](const oci::Descriptor& entry) {
      const auto about = entry.annotations.find("vnd.docker.reference.digest");
      return std::any_of(gone.begin(), gone.end(), [&](const oci::Digest& each) {
        return entry.digest == each ||
               (about != entry.annotations.end() && about->second == each.ToString());
      });
    });
  }
};

// imagetools create -t TARGET… SOURCE…: one source that is an index goes as it is.
class ImagetoolsCreateCommand final : public IndexCommand {
  void DeclareMore(OptionSet& options) override {
    options.Switch("--append", "Add to what the first tag names", append_);
    options.Each("-f,--file", "FILE", "An image by its descriptor, as JSON", files_);
    options.Switch("--prefer-index", "Make an index of a single image, too", prefer_index_);
  }

  void Fill(Wiring& wiring, const std::vector<std::string>& operands, oci::Index& index) override {
    if (append_ && !tags_.empty()) images_.push_back(tags_.front());
    images_.insert(images_.end(), operands.begin(), operands.end());
    for (const std::string& file : files_) images_.push_back(NameIn(file));
    if (images_.empty()) throw Error(ErrorKind::kUsage, "no image is named");
    if (images_.size() == 1 && annotations_.empty()) {
      const OpenedImage& only = Open(wiring, InRepository(images_.front()));
      if (oci::IsIndexType(only.root.media_type) || !prefer_index_) return TakeWhole(only);
    }
    for (const std::string& name : images_) AddImage(wiring, InRepository(name), index);
    const bool docker = std::all_of(
        index.manifests.begin(), index.manifests.end(), [](const oci::Descriptor& entry) {
          return entry.media_type == oci::kDockerManifest && entry.artifact_type.empty();
        });
    if (docker && annotations_.empty()) index.media_type = oci::kDockerIndex;
  }

  std::string NameIn(const std::string& file) const {
    const Json json = ParseJson(ReadFile(file, 1u << 20), file);
    return JsonReader(json, file).String("digest");
  }

  // A digest alone is one in the repository that is written to.
  std::string InRepository(const std::string& name) const {
    if (!oci::Digest::TryParse(name) || tags_.empty()) return name;
    return oci::Reference::Parse(tags_.front()).repository().ToString() + "@" + name;
  }

  bool append_ = false;
  bool prefer_index_ = true;
  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Command> MakeImagetoolsCreate() {
  return std::make_unique<ImagetoolsCreateCommand>();
}
std::unique_ptr<Command> MakeIndexCreate() { return std::make_unique<IndexCreateCommand>(); }
std::unique_ptr<Command> MakeIndexAdd() { return std::make_unique<IndexAddCommand>(); }
std::unique_ptr<Command> MakeIndexFilter() { return std::make_unique<IndexFilterCommand>(); }
std::unique_ptr<Command> MakeIndexRemove() { return std::make_unique<IndexRemoveCommand>(); }

}  // namespace ibuild::cli
