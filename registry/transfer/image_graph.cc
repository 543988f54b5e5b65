#include "registry/transfer/image_graph.h"

#include <fmt/format.h>

#include <set>

#include "oci/present_image.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

class GraphReader {
 public:
  explicit GraphReader(oci::BlobSource& source) : source_(source) {}

  void Visit(const oci::Descriptor& descriptor, std::size_t depth) {
    if (depth > kMostNesting) {
      throw Error(ErrorKind::kInvalidInput, "indexes are nested too deeply");
    }
    if (!seen_.insert(descriptor.digest).second) return;
    const std::string what = "manifest " + descriptor.digest.ToString();
    std::string bytes = oci::ReadBlob(source_, descriptor);
    const oci::ManifestOrIndex document = oci::ParseManifest(bytes, descriptor.media_type, what);
    CheckSizes(document, what);
    if (const auto* index = std::get_if<oci::Index>(&document)) {
      for (const oci::Descriptor& child : index->manifests) Visit(child, depth + 1);
    } else {
      AddBlobs(std::get<oci::Manifest>(document));
    }
    graph_.documents.push_back({descriptor, std::move(bytes)});
  }

  ImageGraph Take() { return std::move(graph_); }

 private:
  void AddBlobs(const oci::Manifest& manifest) {
    AddBlob(manifest.config);
    for (const oci::Descriptor& layer : manifest.layers) AddBlob(layer);
  }

  void AddBlob(const oci::Descriptor& blob) {
    if (seen_.insert(blob.digest).second) graph_.blobs.push_back(blob);
  }

  oci::BlobSource& source_;
  ImageGraph graph_;
  std::set<oci::Digest> seen_;
};

}  // namespace

void CheckSizes(const oci::ManifestOrIndex& document, std::string_view what) {
  const auto* index = std::get_if<oci::Index>(&document);
  const std::size_t size =
      index != nullptr ? index->manifests.size() : std::get<oci::Manifest>(document).layers.size();
  if (size <= kMostChildren) return;
  throw Error(ErrorKind::kInvalidInput,
              fmt::format("{} lists {} parts; {} is the limit", what, size, kMostChildren));
}

ImageGraph ReadImageGraph(oci::BlobSource& source, const oci::Descriptor& root) {
  GraphReader reader(source);
  reader.Visit(oci::ChoosePresent(source, root), 0);
  return reader.Take();
}

}  // namespace ibuild::registry
