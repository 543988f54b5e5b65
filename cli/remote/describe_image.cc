#include "cli/remote/describe_image.h"

#include <fmt/format.h>

#include "support/json.h"

namespace ibuild::cli {
namespace {

OrderedJson DescribePlatforms(const oci::Index& index) {
  OrderedJson platforms = OrderedJson::array();
  for (const oci::Descriptor& entry : index.manifests) {
    OrderedJson json;
    json["Platform"] = entry.platform ? entry.platform->ToString() : "";
    json["Digest"] = entry.digest.ToString();
    json["MediaType"] = entry.media_type;
    json["Size"] = entry.size;
    if (!entry.annotations.empty()) json["Annotations"] = entry.annotations;
    platforms.push_back(std::move(json));
  }
  return platforms;
}

OrderedJson DescribeLayers(const oci::Manifest& manifest) {
  OrderedJson layers = OrderedJson::array();
  for (const oci::Descriptor& layer : manifest.layers) {
    OrderedJson json;
    json["Digest"] = layer.digest.ToString();
    json["MediaType"] = layer.media_type;
    json["Size"] = layer.size;
    layers.push_back(std::move(json));
  }
  return layers;
}

std::uint64_t BytesOf(const oci::Manifest& manifest) {
  std::uint64_t size = manifest.config.size;
  for (const oci::Descriptor& layer : manifest.layers) size += layer.size;
  return size;
}

OrderedJson LayersData(const oci::Manifest& manifest) {
  OrderedJson layers = OrderedJson::array();
  for (const oci::Descriptor& layer : manifest.layers) {
    OrderedJson json;
    json["MIMEType"] = layer.media_type;
    json["Digest"] = layer.digest.ToString();
    json["Size"] = layer.size;
    json["Annotations"] =
        layer.annotations.empty() ? OrderedJson() : OrderedJson(layer.annotations);
    layers.push_back(std::move(json));
  }
  return layers;
}

}  // namespace

OrderedJson DescribeRemote(const OpenedImage& image, const ImageLocation& location,
                           const oci::Platform& platform) {
  OrderedJson json;
  json["Name"] =
      location.kind == PlaceKind::kRegistry ? location.Name().ToString() : location.ToString();
  json["Digest"] = image.root.digest.ToString();
  json["MediaType"] = image.root.media_type;
  const oci::ManifestOrIndex document = ReadDocument(*image.blobs, image.root);
  if (const auto* index = std::get_if<oci::Index>(&document)) {
    json["Platforms"] = DescribePlatforms(*index);
    if (!index->annotations.empty()) json["Annotations"] = index->annotations;
  }
  const ReadImageParts parts = ReadOneImage(*image.blobs, image.root, platform);
  json["Manifest"] = parts.descriptor.digest.ToString();
  json["Platform"] = parts.config.platform.ToString();
  json["Created"] = parts.config.created;
  json["Size"] = BytesOf(parts.manifest);
  if (!parts.manifest.annotations.empty()) json["Annotations"] = parts.manifest.annotations;
  const OrderedJson config = ParseOrderedJson(parts.config_text, "configuration");
  json["Config"] = config.value("config", OrderedJson::object());
  json["Layers"] = DescribeLayers(parts.manifest);
  return json;
}

OrderedJson DescribeAsSkopeo(const OpenedImage& image, const ImageLocation& location,
                             const oci::Platform& platform, const OrderedJson& tags) {
  const ReadImageParts parts = ReadOneImage(*image.blobs, image.root, platform);
  const oci::RuntimeConfig& config = parts.config.config;
  OrderedJson json;
  if (location.kind == PlaceKind::kRegistry) {
    json["Name"] = location.Name().repository().ToString();
  }
  json["Digest"] = image.root.digest.ToString();
  json["RepoTags"] = tags.is_null() ? OrderedJson::array() : tags;
  json["Created"] = parts.config.created;
  json["DockerVersion"] = "";
  json["Labels"] = config.labels.empty() ? OrderedJson() : OrderedJson(config.labels);
  json["Architecture"] = parts.config.platform.architecture;
  if (!parts.config.platform.variant.empty()) json["Variant"] = parts.config.platform.variant;
  json["Os"] = parts.config.platform.os;
  OrderedJson layers = OrderedJson::array();
  for (const oci::Descriptor& layer : parts.manifest.layers) {
    layers.push_back(layer.digest.ToString());
  }
  json["Layers"] = std::move(layers);
  json["LayersData"] = LayersData(parts.manifest);
  json["Env"] = config.env;
  return json;
}

}  // namespace ibuild::cli
