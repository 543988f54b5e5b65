#include "parser/syntax/run_mount.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "support/bool_text.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::parser {
namespace {

constexpr std::array<std::string_view, 5> kKindNames = {"bind", "cache", "tmpfs", "secret", "ssh"};
constexpr std::array<std::string_view, 3> kSharingNames = {"shared", "private", "locked"};

[[noreturn]] void Fail(std::string message, std::string hint = {}) {
  throw Error(ErrorKind::kInvalidInput, std::move(message)).WithHint(std::move(hint));
}

std::string WithSuggestion(std::string message, std::string_view word,
                           const std::vector<std::string>& candidates) {
  if (const auto near = ClosestMatch(word, candidates)) {
    message += fmt::format(" (did you mean {}?)", *near);
  }
  return message;
}

// RFC 4180 fields of one record: a field in double quotes may hold commas and doubled quotes.
std::vector<std::string> SplitCsv(std::string_view csv) {
  if (csv.find('"') == std::string_view::npos) {
    const std::vector<std::string_view> plain = Split(csv, ',');
    return {plain.begin(), plain.end()};
  }
  std::vector<std::string> fields(1);
  bool quoted = false;
  bool at_start = true;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"') {
      quoted = i + 1 < csv.size() && csv[i + 1] == '"';
      if (!quoted) continue;
      fields.back().push_back(csv[++i]);
    } else if (!quoted && c == ',') {
      fields.emplace_back();
      at_start = true;
      continue;
    } else if (at_start && c == '"') {
      quoted = true;
    } else if (!quoted && c == '"') {
      Fail("failed to parse csv mounts: bare \" in non-quoted-field",
           "put double quotes around the whole key=value field");
    } else {
      fields.back().push_back(c);
    }
    at_start = false;
  }
  if (quoted) Fail("failed to parse csv mounts: extraneous or missing \" in quoted-field");
  return fields;
}

// One option as written: `value` is absent for a bare key.
struct Option {
  std::string_view field;
  std::string key;  // lower case
  std::optional<std::string> value;
};

class MountReader {
 public:
  RunMount Read(std::string_view csv, const MountValueExpander& expand);
  static void CheckKey(const Option& option) { static_cast<void>(Find(option)); }

 private:
  using Setter = void (MountReader::*)(const Option&);
  struct Known {
    std::string_view key;
    Setter set;
    bool may_be_bare = false;
  };
  static const std::array<Known, 19> kKnown;
  static const Known& Find(const Option& option);

  void SetType(const Option& option);
  void SetFrom(const Option& option) { mount_.from = *option.value; }
  void SetSource(const Option& option) { mount_.source = *option.value; }
  void SetTarget(const Option& option) { mount_.target = *option.value; }
  void SetReadOnly(const Option& option) { read_only_ = Bool(option); }
  void SetReadWrite(const Option& option) { read_only_ = !Bool(option); }
  void SetRequired(const Option& option);
  void SetSize(const Option& option);
  void SetId(const Option& option) { mount_.id = *option.value; }
  void SetSharing(const Option& option);
  void SetMode(const Option& option) { mount_.mode = Number(option, 8); }
  void SetUid(const Option& option) { mount_.uid = Number(option, 10); }
  void SetGid(const Option& option) { mount_.gid = Number(option, 10); }
  void SetEnv(const Option& option) { mount_.env = option.value; }

  static bool Bool(const Option& option);
  static std::uint32_t Number(const Option& option, unsigned base);
  [[noreturn]] void FailForKind(const Option& option) const;
  bool IsAnyOf(std::initializer_list<MountKind> kinds) const {
    return std::ranges::find(kinds, mount_.kind) != kinds.end();
  }
  void Finish();
  void CheckOwner() const;
  void CheckSecret() const;

  RunMount mount_;
  std::optional<bool> read_only_;
  bool has_sharing_ = false;
};

const std::array<MountReader::Known, 19> MountReader::kKnown = {{
    {"type", &MountReader::SetType},
    {"from", &MountReader::SetFrom},
    {"source", &MountReader::SetSource},
    {"src", &MountReader::SetSource},
    {"target", &MountReader::SetTarget},
    {"dst", &MountReader::SetTarget},
    {"destination", &MountReader::SetTarget},
    {"readonly", &MountReader::SetReadOnly, true},
    {"ro", &MountReader::SetReadOnly, true},
    {"readwrite", &MountReader::SetReadWrite, true},
    {"rw", &MountReader::SetReadWrite, true},
    {"required", &MountReader::SetRequired, true},
    {"size", &MountReader::SetSize},
    {"id", &MountReader::SetId},
    {"sharing", &MountReader::SetSharing},
    {"mode", &MountReader::SetMode},
    {"uid", &MountReader::SetUid},
    {"gid", &MountReader::SetGid},
    {"env", &MountReader::SetEnv},
}};

Option ReadOption(std::string_view field) {
  const std::size_t equals = field.find('=');
  Option option{field, ToLower(field.substr(0, equals)), std::nullopt};
  if (equals != std::string_view::npos) option.value = field.substr(equals + 1);
  return option;
}

const MountReader::Known& MountReader::Find(const Option& option) {
  const auto* const found =
      std::ranges::find_if(kKnown, [&](const Known& known) { return known.key == option.key; });
  if (found != kKnown.end() && (option.value || found->may_be_bare)) return *found;
  if (!option.value) {
    Fail(fmt::format("invalid field '{}' must be a key=value pair", option.field));
  }
  std::vector<std::string> keys;
  for (const Known& known : kKnown) keys.emplace_back(known.key);
  Fail(WithSuggestion(fmt::format("unexpected key '{}' in '{}'", option.key, option.field),
                      option.key, keys),
       "a mount knows " + Join(keys, ", "));
}

bool MountReader::Bool(const Option& option) {
  if (!option.value) return true;
  const std::optional<bool> value = ParseBool(*option.value);
  if (!value) Fail(fmt::format("invalid value for {}: {}", option.key, *option.value));
  return *value;
}

std::uint32_t MountReader::Number(const Option& option, unsigned base) {
  std::uint64_t number = 0;
  bool valid = !option.value->empty();
  for (const char c : *option.value) {
    const auto digit = static_cast<unsigned>(c - '0');
    valid = valid && c >= '0' && digit < base && number <= UINT32_MAX;
    number = number * base + digit;
  }
  if (valid && number <= UINT32_MAX) return static_cast<std::uint32_t>(number);
  Fail(fmt::format("invalid value {} for {}", *option.value, option.key),
       base == 8 ? "a mode is octal, such as 0755" : "use a number");
}

void MountReader::FailForKind(const Option& option) const {
  Fail(fmt::format("unexpected key '{}' for mount type '{}'", option.key, ToString(mount_.kind)));
}

void MountReader::SetType(const Option& option) {
  const auto* const found = std::ranges::find(kKindNames, ToLower(*option.value));
  if (found == kKindNames.end()) {
    const std::vector<std::string> names(kKindNames.begin(), kKindNames.end());
    Fail(WithSuggestion(fmt::format("unsupported mount type {}", Quote(*option.value)),
                        *option.value, names),
         "the types are " + Join(names, ", "));
  }
  mount_.kind = static_cast<MountKind>(found - kKindNames.begin());
}

void MountReader::SetRequired(const Option& option) {
  if (!IsAnyOf({MountKind::kSecret, MountKind::kSsh})) FailForKind(option);
  mount_.required = Bool(option);
}

void MountReader::SetSize(const Option& option) {
  if (mount_.kind != MountKind::kTmpfs) FailForKind(option);
  mount_.size = ParseByteSize(*option.value);
  if (!mount_.size) {
    Fail(fmt::format("invalid value for size: {}", *option.value), "a size looks like 64m or 1g");
  }
}

void MountReader::SetSharing(const Option& option) {
  const auto* const found = std::ranges::find(kSharingNames, ToLower(*option.value));
  if (found == kSharingNames.end()) {
    const std::vector<std::string> names(kSharingNames.begin(), kSharingNames.end());
    Fail(WithSuggestion(fmt::format("unsupported sharing value {}", Quote(*option.value)),
                        *option.value, names),
         "the values are " + Join(names, ", "));
  }
  mount_.sharing = static_cast<CacheSharing>(found - kSharingNames.begin());
  has_sharing_ = true;
}

RunMount MountReader::Read(std::string_view csv, const MountValueExpander& expand) {
  for (const std::string& field : SplitCsv(csv)) {
    Option option = ReadOption(field);
    const Known& known = Find(option);
    if (option.value && option.key != "from") option.value = expand(*option.value);
    (this->*known.set)(option);
  }
  Finish();
  return mount_;
}

void MountReader::Finish() {
  mount_.read_only = read_only_.value_or(!IsAnyOf({MountKind::kCache, MountKind::kTmpfs}));
  CheckOwner();
  if (mount_.kind == MountKind::kSecret) CheckSecret();
  if (IsAnyOf({MountKind::kSecret, MountKind::kSsh}) && mount_.id.empty()) {
    mount_.id = mount_.source;  // another spelling of it
  }
  if (has_sharing_ && mount_.kind != MountKind::kCache) {
    Fail(fmt::format("invalid cache sharing set for {} mount", ToString(mount_.kind)));
  }
}

void MountReader::CheckOwner() const {
  if (IsAnyOf({MountKind::kSecret, MountKind::kSsh, MountKind::kCache})) return;
  const auto refuse = [&](std::string_view key, const std::optional<std::uint32_t>& value) {
    if (value)
      Fail(fmt::format("{} not allowed for \"{}\" type mounts", key, ToString(mount_.kind)));
  };
  refuse("mode", mount_.mode);
  refuse("uid", mount_.uid);
  refuse("gid", mount_.gid);
}

void MountReader::CheckSecret() const {
  if (!mount_.from.empty()) Fail("secret mount should not have a from");
  if (has_sharing_) Fail("secret mount should not define sharing");
  if (mount_.source.empty() && mount_.target.empty() && mount_.id.empty()) {
    Fail("invalid secret mount. one of source, target required", "name the secret with id=NAME");
  }
  if (!mount_.source.empty() && !mount_.id.empty()) Fail("both source and id can't be set");
}

}  // namespace

std::string_view ToString(MountKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::string_view ToString(CacheSharing sharing) {
  return kSharingNames[static_cast<std::size_t>(sharing)];
}

RunMount ParseRunMount(std::string_view csv, const MountValueExpander& expand) {
  return MountReader().Read(csv, expand);
}

void CheckRunMount(std::string_view csv) {
  if (csv.find('$') == std::string_view::npos) {
    MountReader().Read(csv, [](std::string_view value) { return std::string(value); });
    return;
  }
  for (const std::string& field : SplitCsv(csv)) {
    const Option option = ReadOption(field);
    MountReader::CheckKey(option);
    const std::size_t dollar = option.key == "from" ? option.value->find('$') : std::string::npos;
    if (dollar != std::string::npos && dollar + 1 < option.value->size()) {
      Fail("'from' doesn't support variable expansion, define alias stage instead",
           "write FROM $IMAGE AS NAME near the top and use from=NAME");
    }
  }
}

}  // namespace ibuild::parser
