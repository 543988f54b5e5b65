#include "cli/local_images.h"

#include <fmt/format.h>

#include <numeric>

#include "layers/store/find_image.h"
#include "support/error.h"

namespace ibuild::cli {

std::optional<LocalImage> ReadImage(layers::Store& store, const oci::Descriptor& root,
                                    const oci::Platform& platform) {
  oci::BlobStore& blobs = store.blobs();
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

LocalImage FindImage(layers::Store& store, std::string_view text, const oci::Platform& platform) {
  const layers::FoundImage found = layers::FindImage(store, text);
  auto image = ReadImage(store, found.descriptor, platform);
  const oci::Reference name = found.name.value_or(found.names.front());
  if (!image) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the store has {} only for other platforms", name.Familiar()))
        .WithHint(fmt::format("`ibuild pull --platform {} {}` fetches it", platform.ToString(),
                              name.Familiar()));
  }
  image->name = name;
  return *std::move(image);
}

std::uint64_t SizeOf(const oci::Manifest& manifest) {
  return std::accumulate(
      manifest.layers.begin(), manifest.layers.end(), std::uint64_t{0},
      [](std::uint64_t sum, const oci::Descriptor& layer) { return sum + layer.size; });
}

}  // namespace ibuild::cli
