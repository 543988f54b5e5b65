#include "cli/remote/describe_imagetools.h"

#include <fmt/format.h>

#include <algorithm>

#include "oci/present_image.h"
#include "support/json.h"

namespace ibuild::cli {
namespace {

// Of every platform that an index names, in its order.
OrderedJson ImagesOf(const OpenedImage& image, const oci::Index& index) {
  OrderedJson images = OrderedJson::object();
  for (const oci::Descriptor& entry : index.manifests) {
    if (!entry.platform || !oci::IsImageEntry(entry)) continue;
    const ReadImageParts parts = ReadOneImage(*image.blobs, entry, *entry.platform);
    images[oci::Normalize(*entry.platform).ToString()] =
        ParseOrderedJson(parts.config_text, "configuration");
  }
  return images.size() == 1 ? OrderedJson(images.front()) : images;
}

std::string EntryText(const oci::Descriptor& entry, const std::string& repository) {
  // A word longer moves the column for the whole entry.
  const std::size_t width = entry.annotations.empty() ? 10 : 12;
  const auto line = [width](std::string_view word, std::string_view value) {
    return fmt::format("  {:<{}} {}\n", fmt::format("{}:", word), width, value);
  };
  std::string text = line("Name", repository + "@" + entry.digest.ToString()) +
                     line("MediaType", entry.media_type);
  if (entry.platform) text += line("Platform", oci::Normalize(*entry.platform).ToString());
  if (entry.annotations.empty()) return text;
  text += line("Annotations", "");
  std::size_t longest = 0;
  for (const auto& [key, value] : entry.annotations) longest = std::max(longest, key.size() + 1);
  for (const auto& [key, value] : entry.annotations) {
    text += fmt::format("    {:<{}} {}\n", key + ":", longest, value);
  }
  return text;
}

}  // namespace

OrderedJson DescribeAsImagetools(const OpenedImage& image, const oci::Reference& name,
                                 bool with_images) {
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  const auto* index = std::get_if<oci::Index>(&document);
  OrderedJson manifest;
  if (index != nullptr) manifest["schemaVersion"] = 2;
  manifest["mediaType"] = image.root.media_type;
  manifest["digest"] = image.root.digest.ToString();
  manifest["size"] = image.root.size;
  if (index != nullptr) {
    manifest["manifests"] = OrderedJson::array();
    for (const auto& entry : index->manifests) {
      manifest["manifests"].push_back(oci::WriteDescriptor(entry));
    }
    if (!index->annotations.empty()) manifest["annotations"] = index->annotations;
  }
  OrderedJson json;
  json["name"] = name.ToString();
  json["manifest"] = std::move(manifest);
  if (!with_images) return json;
  json["image"] =
      index != nullptr
          ? ImagesOf(image, *index)
          : ParseOrderedJson(
                ReadOneImage(*image.blobs, image.root, oci::Platform::Host()).config_text,
                "configuration");
  return json;
}

std::string ImagetoolsText(const OpenedImage& image, const oci::Reference& name) {
  std::string text = fmt::format("Name:      {}\nMediaType: {}\nDigest:    {}\n", name.ToString(),
                                 image.root.media_type, image.root.digest.ToString());
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  const auto* index = std::get_if<oci::Index>(&document);
  if (index == nullptr) return text;
  text += fmt::format("{:11}\nManifests: \n", "");
  const std::string repository = name.ToString();
  for (const oci::Descriptor& entry : index->manifests) {
    if (&entry != index->manifests.data()) text += fmt::format("{:13}\n", "");
    text += EntryText(entry, repository);
  }
  return text;
}

}  // namespace ibuild::cli
