#include "cli/local_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "oci/media_type.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

// "sha256:…" or at least four hexadecimal digits, without the prefix; empty when `text` is no id.
std::string_view IdPrefix(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex && text.size() >= 4 && text.size() <= 64 ? text : std::string_view();
}

std::optional<oci::Reference> TryParse(std::string_view text) {
  try {
    return oci::Reference::Parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<layers::NamedImage> FindById(layers::Store& store, std::string_view prefix) {
  std::vector<layers::NamedImage> found;
  std::optional<oci::Digest> id;
  for (layers::NamedImage& image : store.names().List()) {
    const auto read = ReadImage(store, image.descriptor, oci::Platform::Host());
    if (!read || !read->id().hex().starts_with(prefix)) continue;
    if (id && *id != read->id()) {
      throw Error(ErrorKind::kInvalidInput,
                  fmt::format("more than one image has an id that begins with {}", prefix))
          .WithHint("give more digits, or the name; `ibuild images` lists both");
    }
    id = read->id();
    found.push_back(std::move(image));
  }
  return found;
}

Error NoSuchImage(layers::Store& store, std::string_view text) {
  Error error(ErrorKind::kNotFound, fmt::format("no image {} in the store", PrintableText(text)));
  std::vector<std::string> names;
  for (const layers::NamedImage& image : store.names().List()) {
    names.push_back(image.name.Familiar());
    names.push_back(image.name.repository().ToString());
  }
  if (const auto nearest = ClosestMatch(text, names)) {
    return std::move(error).WithHint(
        fmt::format("did you mean `{}`? `ibuild images` lists all", *nearest));
  }
  return std::move(error).WithHint(
      fmt::format("`ibuild images` lists what there is; `ibuild pull {}` fetches from a registry",
                  PrintableText(text)));
}

}  // namespace

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

std::vector<layers::NamedImage> LookUpNames(layers::Store& store, std::string_view text) {
  if (const auto name = TryParse(text)) {
    if (const auto root = store.names().Find(*name)) return {{*name, *root}};
  }
  const std::string_view prefix = IdPrefix(text);
  if (prefix.empty()) return {};
  return FindById(store, prefix);
}

std::vector<layers::NamedImage> FindNames(layers::Store& store, std::string_view text) {
  if (auto found = LookUpNames(store, text); !found.empty()) return found;
  if (IdPrefix(text).empty()) oci::Reference::Parse(text);  // throws what is wrong with it
  throw NoSuchImage(store, text);
}

LocalImage FindImage(layers::Store& store, std::string_view text, const oci::Platform& platform) {
  const layers::NamedImage found = FindNames(store, text).front();
  auto image = ReadImage(store, found.descriptor, platform);
  if (!image) {
    throw Error(ErrorKind::kNotFound,
                fmt::format("the store has {} only for other platforms", found.name.Familiar()))
        .WithHint(fmt::format("`ibuild pull --platform {} {}` fetches it", platform.ToString(),
                              found.name.Familiar()));
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
