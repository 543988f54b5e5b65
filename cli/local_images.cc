#include "cli/local_images.h"

#include <fmt/format.h>

#include <numeric>

#include "cli/image_names.h"
#include "cli/wiring.h"
#include "oci/media_type.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {

std::optional<LocalImage> ReadImage(layers::Store& store, const oci::Descriptor& root,
                                    const oci::Platform& platform) {
  oci::BlobStore& blobs = store.blobs();
  if (!blobs.Has(root.digest)) return std::nullopt;
  const std::string what = "manifest " + root.digest.Short();
  oci::ManifestOrIndex document =
      oci::ParseManifest(oci::ReadBlob(blobs, root), root.media_type, what);
  oci::Descriptor manifest = root;
  if (const auto* const index = std::get_if<oci::Index>(&document)) {
    manifest = oci::ChoosePlatform(*index, platform, what);
    if (!blobs.Has(manifest.digest)) return std::nullopt;
    document = oci::ParseManifest(oci::ReadBlob(blobs, manifest), manifest.media_type, what);
  }
  auto* const content = std::get_if<oci::Manifest>(&document);
  if (content == nullptr || !blobs.Has(content->config.digest)) return std::nullopt;
  const std::string config = oci::ReadBlob(blobs, content->config);
  LocalImage image{.name = {},
                   .root = root,
                   .manifest = manifest,
                   .content = *content,
                   .config = oci::ParseImageConfig(config, "configuration of " + what)};
  return image;
}

namespace {

// The first image of an index whose manifest and configuration are here.
std::optional<LocalImage> ReadAnyPlatform(layers::Store& store, const oci::Descriptor& root) {
  oci::BlobStore& blobs = store.blobs();
  if (!oci::IsIndexType(root.media_type) || !blobs.Has(root.digest)) return std::nullopt;
  const oci::ManifestOrIndex document = oci::ParseManifest(
      oci::ReadBlob(blobs, root), root.media_type, "manifest " + root.digest.Short());
  for (const oci::Descriptor& child : std::get<oci::Index>(document).manifests) {
    if (!oci::IsManifestType(child.media_type) || !blobs.Has(child.digest)) continue;
    if (auto image = ReadImage(store, child, oci::Platform::Host())) {
      image->root = root;
      return image;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<LocalImage> ReadHostOrAny(layers::Store& store, const oci::Descriptor& root) {
  try {
    if (auto image = ReadImage(store, root, oci::Platform::Host())) return image;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;  // an index without our platform
  }
  return ReadAnyPlatform(store, root);
}

LocalImage FindImage(Wiring& wiring, std::string_view text, const oci::Platform& platform) {
  const layers::FoundImage found = FindNamed(wiring, text);
  auto image = ReadImage(wiring.store(), found.descriptor, platform);
  const std::string name = found.name ? found.name->Familiar() : std::string(text);
  if (!image) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the store has {} only for other platforms", name))
        .WithHint(
            fmt::format("`ibuild pull --platform {} {}` fetches it", platform.ToString(), name));
  }
  image->name = found.name;
  return *std::move(image);
}

LocalImage FindAnyImage(Wiring& wiring, std::string_view text) {
  const layers::FoundImage found = FindNamed(wiring, text);
  auto image = ReadHostOrAny(wiring.store(), found.descriptor);
  if (!image) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the store has nothing of {} but its index", Quote(text)))
        .WithHint("`ibuild pull` fetches the image");
  }
  image->name = found.name;
  return *std::move(image);
}

std::uint64_t SizeOf(const oci::Manifest& manifest) {
  return std::accumulate(
      manifest.layers.begin(), manifest.layers.end(), std::uint64_t{0},
      [](std::uint64_t sum, const oci::Descriptor& layer) { return sum + layer.size; });
}

}  // namespace ibuild::cli
