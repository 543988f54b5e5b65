#include "oci/descriptor.h"

#include <utility>

#include "oci/json_forms.h"
#include "support/json.h"

namespace ibuild::oci {
namespace {

Digest ReadDigest(const JsonReader& json) {
  auto digest = Digest::TryParse(json.AsString());
  if (!digest) json.Fail("expected a digest, `sha256:` and 64 hexadecimal digits");
  return *std::move(digest);
}

std::uint64_t ReadSize(const JsonReader& json) {
  const std::int64_t size = json.AsInt();
  if (size < 0) json.Fail("expected a size, not a negative number");
  return static_cast<std::uint64_t>(size);
}

}  // namespace

Descriptor DescriptorOf(std::string media_type, std::string_view content) {
  Descriptor descriptor{.digest = Digest::OfText(content)};
  descriptor.media_type = std::move(media_type);
  descriptor.size = content.size();
  return descriptor;
}

Descriptor ReadDescriptor(const JsonReader& json) {
  Descriptor descriptor{.digest = ReadDigest(json.At("digest"))};
  descriptor.media_type = json.String("mediaType");
  descriptor.size = ReadSize(json.At("size"));
  if (const auto platform = json.Find("platform")) descriptor.platform = ReadPlatform(*platform);
  descriptor.artifact_type = json.StringIf("artifactType").value_or("");
  descriptor.annotations = ReadStringMap(json.Find("annotations"));
  descriptor.urls = json.StringsIf("urls");
  return descriptor;
}

OrderedJson WriteDescriptor(const Descriptor& descriptor) {
  OrderedJson json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest.ToString();
  json["size"] = descriptor.size;
  if (!descriptor.urls.empty()) json["urls"] = descriptor.urls;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (descriptor.platform) json["platform"] = WritePlatform(*descriptor.platform);
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  return json;
}

}  // namespace ibuild::oci
