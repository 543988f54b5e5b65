#include "layers/archive/import_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "layers/archive/archive_files.h"
#include "layers/archive/image_layout.h"
#include "layers/archive/layout_importer.h"
#include "layers/archive/plain_layers.h"
#include "layers/compress/codec.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

// A name written in a document of the archive.
CleanPath PathInArchive(const std::string& name) {
  const auto parts = Split(name, '/');
  if (name.empty() || name.front() == '/' ||
      std::find(parts.begin(), parts.end(), "..") != parts.end()) {
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{} is not the name of a file in the archive", Quote(name)));
  }
  return CleanPath::Parse(name);
}

std::optional<oci::Reference> ParseName(const std::string& text) {
  try {
    return oci::Reference::Parse(text);
  } catch (const Error&) {  // ref.name may be anything
    return std::nullopt;
  }
}

// containerd's annotation has the full name. ref.name is mostly a bare tag, which names nothing.
std::optional<oci::Reference> NameOf(const oci::Descriptor& entry) {
  const auto& annotations = entry.annotations;
  if (const auto full = annotations.find(std::string(kContainerdNameKey));
      full != annotations.end())
    return ParseName(full->second);
  const auto name = annotations.find(std::string(kRefNameKey));
  const bool has_repository =
      name != annotations.end() && name->second.find_first_of("/:") != std::string::npos;
  return has_repository ? ParseName(name->second) : std::nullopt;
}

void AddImage(std::vector<ImportedImage>& images, oci::Descriptor descriptor,
              const std::optional<oci::Reference>& name) {
  auto image = std::find_if(images.begin(), images.end(), [&](const ImportedImage& known) {
    return known.descriptor.digest == descriptor.digest;
  });
  if (image == images.end()) {
    descriptor.annotations.clear();  // they were about the archive's entry
    image = images.insert(images.end(), {.descriptor = std::move(descriptor), .names = {}});
  }
  if (name) image->names.push_back(*name);
}

std::vector<ImportedImage> ImportLayout(Store& store, ArchiveFiles& files,
                                        const std::string& index_text) {
  LayoutImporter importer(store, files);
  std::vector<ImportedImage> images;
  for (oci::Descriptor& entry : ReadLayoutIndex(index_text)) {
    importer.Import(entry);
    const auto name = NameOf(entry);
    AddImage(images, std::move(entry), name);
  }
  return images;
}

// One element of Docker's manifest.json.
struct DockerImage {
  std::string config;
  std::vector<std::string> layers;
  std::vector<oci::Reference> names;
};

DockerImage ReadDockerImage(const JsonReader& json) {
  DockerImage image{
      .config = json.String("Config"), .layers = json.StringsIf("Layers"), .names = {}};
  for (const std::string& tag : json.StringsIf("RepoTags")) {
    image.names.push_back(oci::Reference::Parse(tag));
  }
  return image;
}

oci::Descriptor KeepFile(ArchiveFiles& files, const std::string& name) {
  auto kept = files.Keep(PathInArchive(name));
  if (!kept) throw MissingInArchive(name);
  return *kept;
}

std::string LayerTypeOf(Store& store, const oci::Descriptor& layer) {
  std::byte first[16];
  const auto source = store.blobs().Open(layer);
  const std::size_t count = source->Read(first);
  const auto compression = DetectCompression(std::span(first).first(count));
  return std::string(oci::LayerType(oci::TypeFamily::kOci, compression));
}

// A plain layer's digest is its DiffId; others are compared when they are unpacked.
void CheckPlainLayer(const oci::Descriptor& layer, const oci::DiffId& diff_id,
                     const std::string& name) {
  if (layer.media_type != oci::kOciLayer || layer.digest == diff_id.digest) return;
  throw Error(ErrorKind::kCorrupt,
              fmt::format("layer {} has the digest {}, the image's configuration says {}",
                          Quote(name), layer.digest.ToString(), diff_id.ToString()));
}

oci::Descriptor ImportDockerImage(Store& store, ArchiveFiles& files, const DockerImage& image) {
  oci::Descriptor config = KeepFile(files, image.config);
  config.media_type = oci::kOciConfig;
  const auto parsed =
      oci::ParseImageConfig(oci::ReadBlob(store.blobs(), config), PrintableText(image.config));
  if (parsed.diff_ids.size() != image.layers.size()) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("manifest.json has {} layers, the configuration {}",
                            image.layers.size(), parsed.diff_ids.size()));
  }
  oci::Manifest manifest{.media_type = std::string(oci::kOciManifest),
                         .artifact_type = {},
                         .config = std::move(config),
                         .layers = {},
                         .subject = {},
                         .annotations = {}};
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    oci::Descriptor layer = KeepFile(files, image.layers[i]);
    layer.media_type = LayerTypeOf(store, layer);
    CheckPlainLayer(layer, parsed.diff_ids[i], image.layers[i]);
    if (layer.media_type == oci::kOciLayer) NoteOursToCompress(store, layer.digest);
    manifest.layers.push_back(std::move(layer));
  }
  return oci::PutBlob(store.blobs(), manifest.media_type, Serialize(manifest));
}

std::vector<ImportedImage> ImportDockerArchive(Store& store, ArchiveFiles& files,
                                               const std::string& manifest_text) {
  const Json document = ParseJson(manifest_text, "manifest.json");
  std::vector<ImportedImage> images;
  JsonReader(document, "manifest.json").ForEachElement([&](const JsonReader& json) {
    DockerImage image = ReadDockerImage(json);
    oci::Descriptor descriptor = ImportDockerImage(store, files, image);
    images.push_back({.descriptor = std::move(descriptor), .names = std::move(image.names)});
  });
  return images;
}

std::vector<ImportedImage> ImportFiles(Store& store, ArchiveFiles& files) {
  // What has both is a layout with manifest.json for old readers; the layout keeps more.
  if (const auto index = files.Read(CleanPath::Parse("index.json"), kArchiveDocumentLimit)) {
    return ImportLayout(store, files, *index);
  }
  if (const auto manifest = files.Read(CleanPath::Parse("manifest.json"), kArchiveDocumentLimit)) {
    return ImportDockerArchive(store, files, *manifest);
  }
  throw Error(ErrorKind::kInvalidInput,
              "no image archive: there is neither index.json (OCI) nor manifest.json (Docker)");
}

}  // namespace

std::vector<ImportedImage> ReadArchive(Store& store, const std::filesystem::path& path,
                                       Reporter& reporter) {
  Activity activity(reporter, "import " + path.filename().native());
  return InContext("importing " + path.native(), [&] {
    const auto files = OpenArchiveFiles(store, path);
    std::vector<ImportedImage> images = ImportFiles(store, *files);
    activity.Done();
    return images;
  });
}

std::vector<ImportedImage> ImportArchive(Store& store, const std::filesystem::path& path,
                                         Reporter& reporter) {
  std::vector<ImportedImage> images = ReadArchive(store, path, reporter);
  std::vector<NamedImage> named;
  for (const ImportedImage& image : images) {
    for (const oci::Reference& name : image.names) named.push_back({name, image.descriptor});
  }
  if (!named.empty()) store.names().Set(named);
  return images;
}

}  // namespace ibuild::layers
