#include "cli/building/cache_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/building/fields.h"
#include "cli/compression.h"
#include "oci/reference.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

struct KeyRule {
  std::string_view key;
  std::string_view note;  // empty: it means something here
};

struct TypeRule {
  std::string_view name;
  CacheType type;
  std::vector<KeyRule> keys;
};

constexpr std::string_view kAlwaysManifest = "a cache is always an image manifest of OCI types";
constexpr std::string_view kNeverFails = "a cache never fails a build";
constexpr std::string_view kOneLayout = "what is below the prefix has one form";
constexpr std::string_view kOwnPace = "the program chooses it";
constexpr std::string_view kNoApi = "the service itself is asked, not GitHub's API";
constexpr std::string_view kNotTwice = "a layer that is compressed is not compressed again";

const std::vector<TypeRule>& Types() {
  static const std::vector<TypeRule> kTypes = {{"registry",
                                                CacheType::kRegistry,
                                                {{"ref", ""},
                                                 {"registry.insecure", ""},
                                                 {"image-manifest", kAlwaysManifest},
                                                 {"oci-mediatypes", kAlwaysManifest}}},
                                               {"local",
                                                CacheType::kLocal,
                                                {{"src", ""},
                                                 {"dest", ""},
                                                 {"tag", "a directory holds one cache"},
                                                 {"digest", "a directory holds one cache"},
                                                 {"image-manifest", kAlwaysManifest},
                                                 {"oci-mediatypes", kAlwaysManifest}}},
                                               {"inline", CacheType::kInline, {}},
                                               {"s3",
                                                CacheType::kS3,
                                                {{"bucket", ""},
                                                 {"region", ""},
                                                 {"endpoint_url", ""},
                                                 {"prefix", ""},
                                                 {"name", ""},
                                                 {"use_path_style", ""},
                                                 {"access_key_id", ""},
                                                 {"secret_access_key", ""},
                                                 {"session_token", ""},
                                                 {"blobs_prefix", kOneLayout},
                                                 {"manifests_prefix", kOneLayout},
                                                 {"upload_parallelism", kOwnPace},
                                                 {"touch_refresh", kOwnPace}}},
                                               {"gha",
                                                CacheType::kGha,
                                                {{"scope", ""},
                                                 {"url", ""},
                                                 {"url_v2", ""},
                                                 {"token", ""},
                                                 {"version", "version 2 of the service is spoken"},
                                                 {"timeout", kOwnPace},
                                                 {"repository", kNoApi},
                                                 {"ghtoken", kNoApi}}}};
  return kTypes;
}

const std::vector<KeyRule>& CommonKeys() {
  static const std::vector<KeyRule> kKeys = {{"mode", ""},
                                             {"compression", ""},
                                             {"compression-level", ""},
                                             {"force-compression", kNotTwice},
                                             {"sign", ""},
                                             {"trust", ""},
                                             {"mounts", ""},
                                             {"mount-limit", ""},
                                             {"ignore-error", kNeverFails}};
  return kKeys;
}

const TypeRule& FindType(const std::string& name) {
  std::vector<std::string> names;
  for (const TypeRule& rule : Types()) {
    if (rule.name == name) return rule;
    names.emplace_back(rule.name);
  }
  throw Error(ErrorKind::kUsage, fmt::format("there is no cache of type {}", Quote(name)))
      .WithHint("the types are " + Join(names, ", "));
}

const KeyRule* FindKey(const std::vector<KeyRule>& keys, const std::string& key) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const KeyRule& rule) { return rule.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

// Ids may be told apart by commas of their own when the field is quoted.
void AddMounts(builder::MountChoice& mounts, std::string_view value) {
  for (const std::string_view id : Split(value, ',')) {
    if (id == "all") {
      mounts.all = true;
    } else if (id != "none" && !id.empty()) {
      mounts.ids.emplace(id);
    }
  }
}

void AddField(CacheSpec& spec, const TypeRule& type, const Field& field) {
  const KeyRule* rule = FindKey(type.keys, field.key);
  if (rule == nullptr) rule = FindKey(CommonKeys(), field.key);
  if (rule == nullptr) {
    std::vector<std::string> known;
    for (const KeyRule& key : type.keys) known.emplace_back(key.key);
    for (const KeyRule& key : CommonKeys()) known.emplace_back(key.key);
    ThrowUnknownField(field, known);
  }
  if (!rule->note.empty()) {
    spec.notes.push_back(fmt::format("{}={}: {}", field.key, field.value, rule->note));
  } else if (field.key == "trust") {
    if (field.value != "none") spec.trust.push_back(field.value);
  } else if (field.key == "mounts") {
    AddMounts(spec.mounts, field.value);
  } else {
    spec.values[field.key] = field.value;
  }
}

void Require(const CacheSpec& spec, const std::string& key, std::string_view type) {
  if (!spec.Value(key).empty()) return;
  throw Error(ErrorKind::kUsage, fmt::format("a cache of type {} needs {}=…", type, key));
}

void Check(const CacheSpec& spec, const TypeRule& type, CacheUse use) {
  if (spec.type == CacheType::kRegistry) {
    Require(spec, "ref", type.name);
    oci::Reference::Parse(spec.Value("ref"));
  }
  if (spec.type == CacheType::kLocal) {
    Require(spec, use == CacheUse::kRead ? "src" : "dest", type.name);
  }
  if (spec.type == CacheType::kS3) {
    Require(spec, "bucket", type.name);
    if (spec.Value("endpoint_url").empty()) Require(spec, "region", type.name);
  }
  if (spec.type == CacheType::kInline && use == CacheUse::kRead) {
    throw Error(ErrorKind::kUsage, "an inline cache is read by the name of its image")
        .WithHint("write `--cache-from NAME:TAG`");
  }
  if (spec.type == CacheType::kInline && spec.mounts.Any()) {
    throw Error(ErrorKind::kUsage, "an inline cache carries no cache mounts")
        .WithHint("send them to a cache of their own: --cache-to NAME:TAG,mounts=…");
  }
  const std::string mode = spec.Value("mode");
  if (!mode.empty() && mode != "min" && mode != "max") {
    throw Error(ErrorKind::kUsage, fmt::format("mode is {}, neither min nor max", Quote(mode)));
  }
  const std::string limit = spec.Value("mount-limit");
  if (!limit.empty() && !ParseByteSize(limit)) {
    throw Error(ErrorKind::kUsage, fmt::format("mount-limit is {}, no size", Quote(limit)))
        .WithHint("write it like `mount-limit=500m` or `mount-limit=20g`");
  }
  if (!spec.Value("compression").empty()) ParseCompression(spec.Value("compression"));
  if (!spec.Value("compression-level").empty()) {
    ParseCompressionLevel(spec.Value("compression-level"));
  }
}

// mounts=a,b: words without a key go on with the list before them.
std::vector<Field> JoinMountIds(const std::vector<Field>& fields) {
  std::vector<Field> joined;
  for (const Field& field : fields) {
    if (!field.has_value && !joined.empty() && joined.back().key == "mounts") {
      joined.back().value += "," + field.key;
    } else {
      joined.push_back(field);
    }
  }
  return joined;
}

CacheSpec ReadFields(const std::vector<Field>& fields, CacheUse use) {
  std::string name = "registry";
  bool says_mounts = false;
  for (const Field& field : fields) {
    if (field.key == "type") name = field.value;
    says_mounts = says_mounts || field.key == "mounts";
  }
  const TypeRule& type = FindType(name);
  CacheSpec spec{.type = type.type, .values = {}, .trust = {}, .notes = {}};
  spec.mounts.all = !says_mounts && use == CacheUse::kRead;
  for (const Field& field : fields) {
    if (field.key != "type") AddField(spec, type, field);
  }
  return spec;
}

// As ParseFields reads it back.
std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string CacheSpec::Value(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string() : found->second;
}

std::uint64_t CacheSpec::MountLimit() const {
  return ParseByteSize(Value("mount-limit")).value_or(0);
}

CacheSpec CacheSpec::ReadForm() const {
  CacheSpec spec = *this;
  spec.values["src"] = Value("dest");
  return spec;
}

// Those that were given.
std::string CacheSpec::Fields(std::initializer_list<const char*> keys) const {
  std::string text;
  for (const char* key : keys) {
    if (Value(key).empty()) continue;
    text += "," + Quoted(std::string(key) + "=" + Value(key));
  }
  return text;
}

std::string CacheSpec::Place() const {
  switch (type) {
    case CacheType::kRegistry:
      return "type=registry" + Fields({"ref", "registry.insecure"});
    case CacheType::kLocal:
      // What is written is read under the same name.
      return "type=local" + (Value("src").empty() ? ReadForm().Fields({"src"}) : Fields({"src"}));
    case CacheType::kInline:
      return "type=inline";
    case CacheType::kS3:
      return "type=s3" +
             Fields({"bucket", "region", "endpoint_url", "prefix", "name", "use_path_style"});
    case CacheType::kGha:
      return "type=gha" + Fields({"scope"});
  }
  throw Error(ErrorKind::kInternal, "a cache without a type");
}

CacheSpec ParseCache(std::string_view text, CacheUse use) {
  std::vector<Field> fields = JoinMountIds(ParseFields(text));
  // A bare name is a registry's.
  if (!fields.empty() && !fields.front().has_value) {
    fields.front() = Field{.key = "ref", .value = fields.front().key, .has_value = true};
  }
  CacheSpec spec = ReadFields(fields, use);
  const auto rule = std::find_if(Types().begin(), Types().end(),
                                 [&](const TypeRule& type) { return type.type == spec.type; });
  Check(spec, *rule, use);
  return spec;
}

std::vector<CacheSpec> ParseCacheLines(std::string_view text, CacheUse use) {
  std::vector<CacheSpec> specs;
  for (const std::string_view line : Split(text, '\n')) {
    if (!Trim(line).empty()) specs.push_back(ParseCache(Trim(line), use));
  }
  return specs;
}

}  // namespace ibuild::cli
