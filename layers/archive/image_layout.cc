#include "layers/archive/image_layout.h"

#include <fmt/format.h>

#include <utility>

#include "oci/image_config.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/json.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxNesting = 4;
constexpr std::string_view kCreatedKey = "org.opencontainers.image.created";

// Walks an image's documents and gathers every blob they name.
class BlobCollector {
 public:
  explicit BlobCollector(oci::BlobSource& blobs) : blobs_(blobs) {}

  // NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
  void Add(const oci::Descriptor& descriptor, int nesting = 0) {
    if (found_.contains(descriptor.digest)) return;
    if (!blobs_.Has(descriptor.digest) && !Bring(descriptor)) {
      if (oci::IsForeignLayerType(descriptor.media_type)) return;  // its urls have it
      throw Error(ErrorKind::kNotFound,
                  fmt::format("{} is not in the store", descriptor.digest.ToString()))
          .WithHint("pull the image (with every platform) or build it again");
    }
    found_.emplace(descriptor.digest, descriptor);
    if (oci::IsManifestType(descriptor.media_type) || oci::IsIndexType(descriptor.media_type)) {
      AddChildren(descriptor, nesting);
    }
  }

  std::vector<oci::Descriptor> TakeSorted() && {
    std::vector<oci::Descriptor> sorted;
    for (auto& [digest, descriptor] : found_) sorted.push_back(std::move(descriptor));
    return sorted;
  }

 private:
  // A layer that nobody has needed yet may be had from where it is, and is in the store then.
  bool Bring(const oci::Descriptor& descriptor) {
    if (!oci::IsLayerType(descriptor.media_type)) return false;
    try {
      blobs_.Open(descriptor);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound) throw;
    }
    return blobs_.Has(descriptor.digest);
  }

  // NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
  void AddChildren(const oci::Descriptor& descriptor, int nesting) {
    if (nesting >= kMaxNesting) {
      throw Error(ErrorKind::kInvalidInput, "indexes are nested too deep");
    }
    const auto document = oci::ParseManifest(oci::ReadBlob(blobs_, descriptor),
                                             descriptor.media_type, descriptor.digest.ToString());
    if (const auto* index = std::get_if<oci::Index>(&document)) {
      for (const oci::Descriptor& child : index->manifests) Add(child, nesting + 1);
    } else {
      const auto& manifest = std::get<oci::Manifest>(document);
      Add(manifest.config, nesting + 1);
      for (const oci::Descriptor& layer : manifest.layers) Add(layer, nesting + 1);
    }
  }

  oci::BlobSource& blobs_;
  std::map<oci::Digest, oci::Descriptor> found_;
};

oci::Manifest ReadOnlyManifest(oci::BlobSource& blobs, const oci::Descriptor& image) {
  auto document =
      oci::ParseManifest(oci::ReadBlob(blobs, image), image.media_type, image.digest.ToString());
  if (auto* manifest = std::get_if<oci::Manifest>(&document)) return std::move(*manifest);
  throw Error(ErrorKind::kUnsupported, "a Docker archive holds one image, this one has several")
      .WithHint("use an OCI archive (type=oci), or name one platform with --platform");
}

// When the image was made, as its config says; empty for indexes and artifacts.
std::string CreatedTime(oci::BlobSource& blobs, const oci::Descriptor& image) {
  if (!oci::IsManifestType(image.media_type)) return {};
  const oci::Manifest manifest = ReadOnlyManifest(blobs, image);
  if (!oci::IsConfigType(manifest.config.media_type)) return {};
  return oci::ParseImageConfig(oci::ReadBlob(blobs, manifest.config),
                               manifest.config.digest.ToString())
      .created;
}

oci::Descriptor EntryFor(oci::Descriptor entry, const std::string& created,
                         const oci::Reference* name) {
  if (!created.empty()) entry.annotations[std::string(kCreatedKey)] = created;
  if (name == nullptr) return entry;
  entry.annotations[std::string(kContainerdNameKey)] = name->ToString();
  if (name->tag()) entry.annotations[std::string(kRefNameKey)] = *name->tag();
  return entry;
}

std::string BlobName(const oci::Descriptor& blob) { return "blobs/sha256/" + blob.digest.hex(); }

OrderedJson DockerManifestEntry(const oci::Manifest& manifest,
                                const std::vector<oci::Reference>& names) {
  OrderedJson layers = OrderedJson::array();
  for (const oci::Descriptor& layer : manifest.layers) layers.push_back(BlobName(layer));
  OrderedJson tags;  // null without names
  for (const oci::Reference& name : names) {
    if (name.tag()) tags.push_back(name.Familiar());
  }
  OrderedJson entry;
  entry["Config"] = BlobName(manifest.config);
  entry["RepoTags"] = std::move(tags);
  entry["Layers"] = std::move(layers);
  return entry;
}

std::string DockerManifestText(oci::BlobSource& blobs, const std::vector<ArchivedImage>& images) {
  OrderedJson entries = OrderedJson::array();
  for (const ArchivedImage& image : images) {
    entries.push_back(DockerManifestEntry(ReadOnlyManifest(blobs, image.root), image.names));
  }
  return DumpJson(entries);
}

void AddEntries(oci::BlobSource& blobs, const ArchivedImage& image,
                std::vector<oci::Descriptor>& entries) {
  const std::string created = CreatedTime(blobs, image.root);
  for (const oci::Reference& name : image.names) {
    entries.push_back(EntryFor(image.root, created, &name));
  }
  if (!image.names.empty()) return;
  entries.push_back(EntryFor(image.root, created, nullptr));
  if (!image.ref_name.empty()) {
    entries.back().annotations[std::string(kRefNameKey)] = image.ref_name;
  }
}

}  // namespace

ImageLayout PlanLayout(oci::BlobSource& blobs, ArchiveKind kind,
                       const std::vector<ArchivedImage>& images) {
  ImageLayout layout;
  if (kind == ArchiveKind::kDocker) layout.docker_manifest = DockerManifestText(blobs, images);
  BlobCollector collector(blobs);
  for (const ArchivedImage& image : images) {
    collector.Add(image.root);
    AddEntries(blobs, image, layout.entries);
  }
  layout.blobs = std::move(collector).TakeSorted();
  return layout;
}

std::string IndexText(std::vector<oci::Descriptor> entries) {
  return Serialize(oci::Index{.media_type = std::string(oci::kOciIndex),
                              .artifact_type = {},
                              .manifests = std::move(entries),
                              .subject = {},
                              .annotations = {}});
}

}  // namespace ibuild::layers
