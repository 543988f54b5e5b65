#include "layers/store/image_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "layers/store/layer_origins.h"
#include "oci/media_type.h"
#include "support/error.h"

namespace ibuild::layers {
namespace {

std::optional<std::string> ReadIfWhole(oci::BlobStore& blobs, const oci::Descriptor& document) {
  try {
    if (blobs.Has(document.digest)) return oci::ReadBlob(blobs, document);
  } catch (const Error&) {  // set aside: from now on it is missing
  }
  return std::nullopt;
}

Reachability PartsOf(oci::BlobStore& blobs, const oci::Descriptor& image) {
  return Reachable(
      {image}, [&blobs](const oci::Descriptor& document) { return ReadIfWhole(blobs, document); });
}

std::vector<oci::Digest> Missing(const SharedSession& session, oci::BlobStore& blobs,
                                 const oci::Descriptor& image, const Reachability& parts) {
  std::vector<oci::Digest> missing;
  bool has_child = false;
  for (const oci::Digest& blob : parts.blobs) {
    const bool present = blobs.Has(blob);
    const bool optional = parts.optional.contains(blob);
    has_child = has_child || (optional && present);
    if (!present && !optional && !HasOrigin(session, blob)) missing.push_back(blob);
  }
  const bool hollow = oci::IsIndexType(image.media_type) && !parts.optional.empty() && !has_child;
  if (missing.empty() && hollow) missing.push_back(*parts.optional.begin());
  return missing;
}

}  // namespace

std::vector<oci::Digest> FindMissing(Store& store, const oci::Descriptor& image) {
  return FindMissing(store.session(), store.blobs(), image);
}

std::vector<oci::Digest> FindMissing(const SharedSession& session, oci::BlobStore& blobs,
                                     const oci::Descriptor& image) {
  return Missing(session, blobs, image, PartsOf(blobs, image));
}

void PinImage(Store& store, const oci::Descriptor& image) {
  const Reachability parts = PartsOf(store.blobs(), image);
  std::vector<oci::Digest> pins(parts.blobs.begin(), parts.blobs.end());
  for (const oci::DiffId& layer : parts.layers) pins.push_back(layer.digest);
  for (const oci::ChainId& chain : parts.chains) pins.push_back(chain.digest);
  store.session()->Pin(pins);
  const auto missing = Missing(store.session(), store.blobs(), image, parts);
  if (missing.empty()) return;
  throw Error(
      ErrorKind::kNotFound,
      fmt::format(
          "the image in the store is not whole: {} is missing{}", missing.front().ToString(),
          missing.size() > 1 ? fmt::format(" (and {} more)", missing.size() - 1) : std::string()))
      .WithHint(
          "pull the image or build it again; a loss of power soon after a build can take "
          "what had not reached the disk");
}

}  // namespace ibuild::layers
