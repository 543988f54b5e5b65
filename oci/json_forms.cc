#include "oci/json_forms.h"

namespace ibuild::oci {

std::map<std::string, std::string> ReadStringMap(const std::optional<JsonReader>& json) {
  std::map<std::string, std::string> map;
  if (!json) return map;
  json->ForEachMember([&](const std::string& key, const JsonReader& value) {
    map[key] = value.IsNull() ? std::string() : value.AsString();
  });
  return map;
}

Platform ReadPlatform(const JsonReader& json) {
  Platform platform;
  platform.os = json.StringIf("os").value_or("");
  platform.architecture = json.StringIf("architecture").value_or("");
  platform.variant = json.StringIf("variant").value_or("");
  platform.os_version = json.StringIf("os.version").value_or("");
  platform.os_features = json.StringsIf("os.features");
  return platform;
}

OrderedJson WritePlatform(const Platform& platform) {
  OrderedJson json;
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  if (!platform.os_version.empty()) json["os.version"] = platform.os_version;
  if (!platform.os_features.empty()) json["os.features"] = platform.os_features;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
  return json;
}

}  // namespace ibuild::oci
