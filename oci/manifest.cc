#include "oci/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "oci/json_forms.h"
#include "oci/media_type.h"
#include "oci/present_image.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::oci {
namespace {

// More layers than overlayfs could stack, more platforms than exist.
constexpr std::size_t kMaxDescriptors = 1000;

// `type` without parameters, empty for the types that servers use when they do not know.
std::string SpecificType(std::string_view type) {
  std::string name = ToLower(Trim(type.substr(0, type.find(';'))));
  static constexpr std::array<std::string_view, 4> kGeneric = {
      "text/plain", "application/json", "application/octet-stream", "binary/octet-stream"};
  const bool generic = std::find(kGeneric.begin(), kGeneric.end(), name) != kGeneric.end();
  return generic ? std::string() : name;
}

void RefuseSchema1(const JsonReader& json, std::string_view type, std::string_view what) {
  const auto version = json.Find("schemaVersion");
  const bool old = version && version->value().is_number_integer() && version->AsInt() == 1;
  if (!IsSchema1Type(type) && !old) return;
  throw Error(ErrorKind::kUnsupported,
              fmt::format("{} is an image manifest of schema 1, which is no longer in use", what))
      .WithHint("push the image again with current tools, or pull it by a newer tag");
}

// The type that the document has by all evidence; throws where the evidence disagrees.
std::string DecideType(const JsonReader& json, std::string_view served_type,
                       std::string_view what) {
  const bool index_shape = json.Has("manifests");
  const bool manifest_shape = json.Has("layers") || json.Has("config");
  if (index_shape && manifest_shape) {
    json.Fail(
        "has both `manifests` and `layers` or `config`, so that it could be taken for two "
        "different images");
  }
  const std::string served = SpecificType(served_type);
  const std::string own = json.StringIf("mediaType").value_or("");
  if (!served.empty() && !own.empty() && served != own) {
    json.Fail(fmt::format("says that it is {}, but was served as {}", Quote(own), Quote(served)));
  }
  const std::string& type = own.empty() ? served : own;
  RefuseSchema1(json, type, what);
  if (!type.empty()) return type;
  if (index_shape) return std::string(kOciIndex);
  if (manifest_shape) return std::string(kOciManifest);
  json.Fail("is neither an image manifest nor an index");
}

std::vector<Descriptor> ReadDescriptors(const JsonReader& list) {
  if (list.IsArray() && list.value().size() > kMaxDescriptors) {
    list.Fail(fmt::format("has more than {} entries", kMaxDescriptors));
  }
  std::vector<Descriptor> descriptors;
  list.ForEachElement([&](const JsonReader& json) { descriptors.push_back(ReadDescriptor(json)); });
  return descriptors;
}

std::optional<Descriptor> ReadSubject(const JsonReader& json) {
  const auto subject = json.Find("subject");
  if (!subject) return std::nullopt;
  return ReadDescriptor(*subject);
}

Manifest ReadManifest(const JsonReader& json, std::string type) {
  return {.media_type = std::move(type),
          .artifact_type = json.StringIf("artifactType").value_or(""),
          .config = ReadDescriptor(json.At("config")),
          .layers = ReadDescriptors(json.At("layers")),
          .subject = ReadSubject(json),
          .annotations = ReadStringMap(json.Find("annotations"))};
}

Index ReadIndex(const JsonReader& json, std::string type) {
  return {.media_type = std::move(type),
          .artifact_type = json.StringIf("artifactType").value_or(""),
          .manifests = ReadDescriptors(json.At("manifests")),
          .subject = ReadSubject(json),
          .annotations = ReadStringMap(json.Find("annotations"))};
}

OrderedJson WriteDescriptors(const std::vector<Descriptor>& descriptors) {
  OrderedJson list = OrderedJson::array();
  for (const Descriptor& descriptor : descriptors) list.push_back(WriteDescriptor(descriptor));
  return list;
}

// What both documents begin and end with.
OrderedJson BeginDocument(const std::string& media_type, const std::string& artifact_type) {
  OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type;
  if (!artifact_type.empty()) json["artifactType"] = artifact_type;
  return json;
}

std::string EndDocument(OrderedJson json, const std::optional<Descriptor>& subject,
                        const Annotations& annotations) {
  if (subject) json["subject"] = WriteDescriptor(*subject);
  if (!annotations.empty()) json["annotations"] = annotations;
  return DumpJson(json, JsonStyle::kGoIndented);
}

std::string ListPlatforms(const Index& index) {
  std::vector<std::string> names;
  for (const Descriptor& entry : index.manifests) {
    if (!IsImageEntry(entry) || !entry.platform) continue;
    std::string name = entry.platform->ToString();
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names.empty() ? "none" : Join(names, ", ");
}

}  // namespace

// BuildKit's attestations sit in the index as manifests that no machine runs.
bool IsImageEntry(const Descriptor& entry) {
  const bool image_type = IsManifestType(entry.media_type) || IsIndexType(entry.media_type);
  const bool image_artifact = entry.artifact_type.empty() || IsConfigType(entry.artifact_type);
  return image_type && image_artifact && !entry.annotations.contains("vnd.docker.reference.type") &&
         !(entry.platform && entry.platform->os == "unknown");
}

ManifestOrIndex ParseManifest(std::string_view text, std::string_view served_type,
                              std::string_view what) {
  const Json document = ParseJson(text, what);
  const JsonReader json(document, std::string(what));
  if (!json.IsObject()) json.Fail("expected an object");
  std::string type = DecideType(json, served_type, what);
  if (IsManifestType(type)) return ReadManifest(json, std::move(type));
  if (IsIndexType(type)) return ReadIndex(json, std::move(type));
  throw Error(ErrorKind::kUnsupported,
              fmt::format("{} has the media type {}, which is not an image", what, Quote(type)));
}

std::string_view MediaTypeOf(const ManifestOrIndex& document) {
  return std::visit([](const auto& value) { return std::string_view(value.media_type); }, document);
}

std::string Serialize(const Manifest& manifest) {
  OrderedJson json = BeginDocument(manifest.media_type, manifest.artifact_type);
  json["config"] = WriteDescriptor(manifest.config);
  json["layers"] = WriteDescriptors(manifest.layers);
  return EndDocument(std::move(json), manifest.subject, manifest.annotations);
}

std::string Serialize(const Index& index) {
  OrderedJson json = BeginDocument(index.media_type, index.artifact_type);
  json["manifests"] = WriteDescriptors(index.manifests);
  return EndDocument(std::move(json), index.subject, index.annotations);
}

const Descriptor& ChoosePlatform(const Index& index, const Platform& wanted,
                                 std::string_view what) {
  const Descriptor* best = nullptr;
  const Descriptor* without_platform = nullptr;
  int best_rank = 0;
  for (const Descriptor& entry : index.manifests) {
    if (!IsImageEntry(entry)) continue;
    if (!entry.platform) {
      if (without_platform == nullptr) without_platform = &entry;
      continue;
    }
    const auto rank = MatchRank(wanted, *entry.platform);
    if (rank && (best == nullptr || *rank < best_rank)) {
      best = &entry;
      best_rank = *rank;
    }
  }
  if (best == nullptr) best = without_platform;
  if (best != nullptr) return *best;
  throw Error(ErrorKind::kNotFound, fmt::format("{} has no image for {}", what, wanted.ToString()))
      .WithHint(fmt::format("it has: {}; choose one with `--platform`", ListPlatforms(index)));
}

}  // namespace ibuild::oci
