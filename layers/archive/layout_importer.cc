#include "layers/archive/layout_importer.h"

#include <fmt/format.h>

#include "oci/manifest.h"
#include "oci/media_type.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr int kMaxNesting = 4;

CleanPath BlobPath(const oci::Digest& digest) {
  return CleanPath::Parse("blobs/sha256/" + digest.hex());
}

}  // namespace

Error MissingInArchive(std::string_view name) {
  return Error(ErrorKind::kCorrupt,
               fmt::format("the archive has no file {}", Quote(PrintableText(name))));
}

std::vector<oci::Descriptor> ReadLayoutIndex(const std::string& index_text) {
  const Json document = ParseJson(index_text, "index.json");
  std::vector<oci::Descriptor> entries;
  JsonReader(document, "index.json").At("manifests").ForEachElement([&](const JsonReader& json) {
    entries.push_back(oci::ReadDescriptor(json));
  });
  return entries;
}

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
void LayoutImporter::Import(const oci::Descriptor& descriptor, int nesting) {
  if (!imported_.insert(descriptor.digest).second) return;
  if (oci::IsManifestType(descriptor.media_type) || oci::IsIndexType(descriptor.media_type)) {
    ImportChildren(descriptor, nesting);
  }
  KeepBlob(descriptor);
}

// NOLINTNEXTLINE(misc-no-recursion): kMaxNesting bounds it
void LayoutImporter::ImportChildren(const oci::Descriptor& descriptor, int nesting) {
  if (nesting >= kMaxNesting) {
    throw Error(ErrorKind::kInvalidInput, "indexes are nested too deep");
  }
  const CleanPath path = BlobPath(descriptor.digest);
  const auto text = files_.Read(path, kArchiveDocumentLimit);
  if (!text) throw MissingInArchive(path.text());
  const auto document = oci::ParseManifest(*text, descriptor.media_type, path.text());
  if (const auto* index = std::get_if<oci::Index>(&document)) {
    for (const oci::Descriptor& child : index->manifests) Import(child, nesting + 1);
    return;
  }
  const auto& manifest = std::get<oci::Manifest>(document);
  Import(manifest.config, nesting + 1);
  for (const oci::Descriptor& layer : manifest.layers) {
    if (!oci::IsForeignLayerType(layer.media_type)) Import(layer, nesting + 1);
  }
}

void LayoutImporter::KeepBlob(const oci::Descriptor& descriptor) {
  if (known_ == KnownBlobs::kSkip && store_.blobs().Has(descriptor.digest)) return;
  const CleanPath path = BlobPath(descriptor.digest);
  const auto kept = files_.Keep(path);
  if (!kept) {
    if (store_.blobs().Has(descriptor.digest)) return;  // an archive of what was not yet here
    throw MissingInArchive(path.text());
  }
  if (kept->digest != descriptor.digest || kept->size != descriptor.size) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("{} has the digest {} ({} bytes), expected {} ({} bytes)", path.text(),
                            kept->digest.ToString(), kept->size, descriptor.digest.ToString(),
                            descriptor.size));
  }
}

}  // namespace ibuild::layers
