#include "oci/image_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "oci/json_forms.h"
#include "support/json.h"

namespace ibuild::oci {
namespace {

// Sets are objects with empty values, the way Go writes map[string]struct{}.
std::set<std::string> ReadSet(const std::optional<JsonReader>& json) {
  std::set<std::string> set;
  if (json)
    json->ForEachMember([&](const std::string& key, const JsonReader&) { set.insert(key); });
  return set;
}

OrderedJson WriteSet(const std::set<std::string>& set) {
  OrderedJson json = OrderedJson::object();
  for (const std::string& key : set) json[key] = OrderedJson::object();
  return json;
}

std::chrono::nanoseconds ReadDuration(const JsonReader& json, std::string_view key) {
  const auto value = json.Find(key);
  return std::chrono::nanoseconds(value ? value->AsInt() : 0);
}

Healthcheck ReadHealthcheck(const JsonReader& json) {
  const auto retries = json.Find("Retries");
  return {.test = json.StringsIf("Test"),
          .interval = ReadDuration(json, "Interval"),
          .timeout = ReadDuration(json, "Timeout"),
          .start_period = ReadDuration(json, "StartPeriod"),
          .start_interval = ReadDuration(json, "StartInterval"),
          .retries = retries ? static_cast<int>(retries->AsInt()) : 0};
}

RuntimeConfig ReadRuntimeConfig(const JsonReader& json) {
  RuntimeConfig config;
  config.user = json.StringIf("User").value_or("");
  config.exposed_ports = ReadSet(json.Find("ExposedPorts"));
  config.env = json.StringsIf("Env");
  config.entrypoint = json.StringsIf("Entrypoint");
  config.cmd = json.StringsIf("Cmd");
  config.volumes = ReadSet(json.Find("Volumes"));
  config.working_dir = json.StringIf("WorkingDir").value_or("");
  config.labels = ReadStringMap(json.Find("Labels"));
  config.stop_signal = json.StringIf("StopSignal").value_or("");
  if (const auto escaped = json.Find("ArgsEscaped")) config.args_escaped = escaped->AsBool();
  if (const auto check = json.Find("Healthcheck")) config.healthcheck = ReadHealthcheck(*check);
  config.on_build = json.StringsIf("OnBuild");
  config.shell = json.StringsIf("Shell");
  return config;
}

HistoryEntry ReadHistoryEntry(const JsonReader& json) {
  const auto empty_layer = json.Find("empty_layer");
  return {.created = json.StringIf("created").value_or(""),
          .created_by = json.StringIf("created_by").value_or(""),
          .author = json.StringIf("author").value_or(""),
          .comment = json.StringIf("comment").value_or(""),
          .empty_layer = empty_layer && empty_layer->AsBool()};
}

std::vector<DiffId> ReadDiffIds(const JsonReader& rootfs) {
  std::vector<DiffId> diff_ids;
  const auto list = rootfs.Find("diff_ids");
  if (!list) return diff_ids;
  list->ForEachElement([&](const JsonReader& element) {
    auto digest = Digest::TryParse(element.AsString());
    if (!digest) element.Fail("expected a digest");
    diff_ids.push_back({*std::move(digest)});
  });
  return diff_ids;
}

// Adds a member unless its value is empty, as Go's omitempty does.
template <typename Value>
void PutIf(OrderedJson& json, const char* key, const Value& value) {
  if (!value.empty()) json[key] = value;
}

void PutDurationIf(OrderedJson& json, const char* key, std::chrono::nanoseconds value) {
  if (value.count() != 0) json[key] = value.count();
}

OrderedJson WriteHealthcheck(const Healthcheck& check) {
  OrderedJson json = OrderedJson::object();
  PutIf(json, "Test", check.test);
  PutDurationIf(json, "Interval", check.interval);
  PutDurationIf(json, "Timeout", check.timeout);
  PutDurationIf(json, "StartPeriod", check.start_period);
  PutDurationIf(json, "StartInterval", check.start_interval);
  if (check.retries != 0) json["Retries"] = check.retries;
  return json;
}

OrderedJson WriteRuntimeConfig(const RuntimeConfig& config) {
  OrderedJson json = OrderedJson::object();
  PutIf(json, "User", config.user);
  PutIf(json, "ExposedPorts", WriteSet(config.exposed_ports));
  PutIf(json, "Env", config.env);
  PutIf(json, "Entrypoint", config.entrypoint);
  PutIf(json, "Cmd", config.cmd);
  PutIf(json, "Volumes", WriteSet(config.volumes));
  PutIf(json, "WorkingDir", config.working_dir);
  PutIf(json, "Labels", config.labels);
  PutIf(json, "StopSignal", config.stop_signal);
  if (config.args_escaped) json["ArgsEscaped"] = true;
  if (config.healthcheck) json["Healthcheck"] = WriteHealthcheck(*config.healthcheck);
  PutIf(json, "OnBuild", config.on_build);
  PutIf(json, "Shell", config.shell);
  return json;
}

OrderedJson WriteHistoryEntry(const HistoryEntry& entry) {
  OrderedJson json = OrderedJson::object();
  PutIf(json, "created", entry.created);
  PutIf(json, "created_by", entry.created_by);
  PutIf(json, "author", entry.author);
  PutIf(json, "comment", entry.comment);
  if (entry.empty_layer) json["empty_layer"] = true;
  return json;
}

OrderedJson WriteHistory(const std::vector<HistoryEntry>& history) {
  OrderedJson list = OrderedJson::array();
  for (const HistoryEntry& entry : history) list.push_back(WriteHistoryEntry(entry));
  return list;
}

OrderedJson WriteRootfs(const std::vector<DiffId>& diff_ids) {
  OrderedJson list = OrderedJson::array();
  for (const DiffId& id : diff_ids) list.push_back(id.ToString());
  return {{"type", "layers"}, {"diff_ids", std::move(list)}};
}

// Position of the entry that sets `name`, or the size.
std::size_t FindEntry(const std::vector<std::string>& env, std::string_view name) {
  const auto sets_name = [name](std::string_view entry) {
    return entry.starts_with(name) && (entry.size() == name.size() || entry[name.size()] == '=');
  };
  return static_cast<std::size_t>(std::find_if(env.begin(), env.end(), sets_name) - env.begin());
}

}  // namespace

ImageConfig ParseImageConfig(std::string_view text, std::string_view what) {
  const Json document = ParseJson(text, what);
  const JsonReader json(document, std::string(what));
  ImageConfig image;
  image.created = json.StringIf("created").value_or("");
  image.author = json.StringIf("author").value_or("");
  image.platform = ReadPlatform(json);
  if (const auto config = json.Find("config")) image.config = ReadRuntimeConfig(*config);
  if (const auto rootfs = json.Find("rootfs")) image.diff_ids = ReadDiffIds(*rootfs);
  if (const auto history = json.Find("history")) {
    history->ForEachElement(
        [&](const JsonReader& entry) { image.history.push_back(ReadHistoryEntry(entry)); });
  }
  return image;
}

std::string Serialize(const ImageConfig& config) {
  OrderedJson json;
  json["architecture"] = config.platform.architecture;
  PutIf(json, "author", config.author);
  json["config"] = WriteRuntimeConfig(config.config);
  PutIf(json, "created", config.created);
  PutIf(json, "history", WriteHistory(config.history));
  json["os"] = config.platform.os;
  PutIf(json, "os.features", config.platform.os_features);
  PutIf(json, "os.version", config.platform.os_version);
  json["rootfs"] = WriteRootfs(config.diff_ids);
  PutIf(json, "variant", config.platform.variant);
  return DumpJson(json, JsonStyle::kGo);
}

std::optional<std::string_view> FindEnv(const std::vector<std::string>& env,
                                        std::string_view name) {
  const std::size_t found = FindEntry(env, name);
  if (found == env.size()) return std::nullopt;
  const std::string_view entry = env[found];
  // An entry without "=" sets the empty value.
  return entry.substr(std::min(name.size() + 1, entry.size()));
}

void SetEnv(std::vector<std::string>& env, std::string_view name, std::string_view value) {
  std::string entry = fmt::format("{}={}", name, value);
  const std::size_t found = FindEntry(env, name);
  if (found == env.size()) {
    env.push_back(std::move(entry));
  } else {
    env[found] = std::move(entry);
  }
}

}  // namespace ibuild::oci
