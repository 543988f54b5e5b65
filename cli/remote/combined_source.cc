#include "cli/remote/combined_source.h"

#include <fmt/format.h>

#include "registry/transfer/image_graph.h"
#include "support/error.h"

namespace ibuild::cli {

void CombinedSource::AddImage(oci::BlobSource& source, const oci::Descriptor& root) {
  registry::ImageGraph graph = registry::ReadImageGraph(source, root);
  for (const oci::Descriptor& blob : graph.blobs) AddBlob(source, blob);
  for (registry::GraphDocument& document : graph.documents) {
    texts_.insert_or_assign(document.descriptor.digest, std::move(document.bytes));
  }
}

void CombinedSource::AddBlob(oci::BlobSource& source, const oci::Descriptor& blob) {
  places_.emplace(blob.digest, &source);
}

oci::Descriptor CombinedSource::AddText(std::string_view media_type, std::string text) {
  oci::Descriptor descriptor = oci::DescriptorOf(std::string(media_type), text);
  texts_.insert_or_assign(descriptor.digest, std::move(text));
  return descriptor;
}

bool CombinedSource::Has(const oci::Digest& digest) {
  return texts_.contains(digest) || places_.contains(digest);
}

std::unique_ptr<ByteSource> CombinedSource::Open(const oci::Descriptor& descriptor) {
  if (const auto text = texts_.find(descriptor.digest); text != texts_.end()) {
    return std::make_unique<oci::VerifyingSource>(std::make_unique<StringSource>(text->second),
                                                  descriptor);
  }
  const auto place = places_.find(descriptor.digest);
  if (place != places_.end()) return place->second->Open(descriptor);
  throw Error(ErrorKind::kNotFound,
              fmt::format("{} is no part of the image", descriptor.digest.ToString()));
}

}  // namespace ibuild::cli
