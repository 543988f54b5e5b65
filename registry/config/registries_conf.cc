#include "registry/config/registries_conf.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/config/config_value.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

// The part of `name` that `prefix` covers; nothing when it covers none of it.
std::optional<std::size_t> Covered(std::string_view prefix, std::string_view name) {
  if (prefix.starts_with("*.")) {
    const std::string_view host = name.substr(0, name.find('/'));
    const std::string_view domain = prefix.substr(1);  // ".example"
    const bool below = host.size() > domain.size() && host.ends_with(domain);
    return below ? std::optional(host.size()) : std::nullopt;
  }
  if (!name.starts_with(prefix)) return std::nullopt;
  const bool whole = name.size() == prefix.size();
  const bool boundary =
      whole || std::string_view("/:@").find(name[prefix.size()]) != std::string_view::npos;
  return boundary ? std::optional(prefix.size()) : std::nullopt;
}

// `location` in place of what was covered.
std::optional<Upstream> Rewrite(const std::string& location, std::string_view rest) {
  const std::string whole = location + std::string(rest);
  return ParseUpstream(whole, "");
}

ShortNameMode ParseMode(const ConfigValue& value) {
  const std::string& text = value.AsString();
  if (text == "enforcing") return ShortNameMode::kEnforcing;
  if (text == "permissive") return ShortNameMode::kPermissive;
  if (text == "disabled") return ShortNameMode::kDisabled;
  value.Fail(fmt::format("{} is none of enforcing, permissive, disabled", Quote(text)));
}

void ReadAliases(const ConfigValue& table, std::map<std::string, std::string>& aliases) {
  for (const auto& [name, value] : table.AsTable()) {
    const std::string& target = value.AsString();
    if (!target.empty() && target.find('/') == std::string::npos) {
      value.Fail(fmt::format("{} is no name with a registry", Quote(target)));
    }
    aliases[name] = target;
  }
}

}  // namespace

RegistriesConf::Mirror RegistriesConf::ReadMirror(const ConfigValue& mirror, bool digests_only) {
  Mirror read{mirror.String("location"), mirror.Bool("insecure", false), !digests_only, true};
  if (read.location.empty() || !ParseUpstream(read.location, "")) {
    mirror.Fail("a mirror needs a `location`, as `host[:port][/path]`");
  }
  const ConfigValue* from = mirror.Find("pull-from-mirror");
  const std::string which = from == nullptr ? "all" : from->AsString();
  if (from != nullptr && digests_only) {
    from->Fail("`pull-from-mirror` and `mirror-by-digest-only` exclude each other");
  }
  if (which == "digest-only") read.tags = false;
  if (which == "tag-only") read.digests = false;
  if (which != "all" && which != "digest-only" && which != "tag-only") {
    from->Fail(fmt::format("{} is none of all, digest-only, tag-only", Quote(which)));
  }
  return read;
}

RegistriesConf::Table RegistriesConf::ReadTable(const ConfigValue& table) {
  Table read{.place = table.Place(),
             .prefix = table.String("prefix"),
             .location = table.String("location"),
             .insecure = table.Bool("insecure", false),
             .blocked = table.Bool("blocked", false),
             .mirrors = {}};
  if (read.prefix.empty()) read.prefix = read.location;
  while (read.prefix.ends_with('/')) read.prefix.pop_back();
  while (read.location.ends_with('/')) read.location.pop_back();
  if (read.prefix.empty()) table.Fail("a registry needs a `prefix` or a `location`");
  if (read.location.empty() && !read.prefix.starts_with("*.")) read.location = read.prefix;
  if (!read.location.empty() && !ParseUpstream(read.location, "")) {
    table.Fail(fmt::format("{} is not `host[:port][/path]`", Quote(read.location)));
  }
  const bool digests_only = table.Bool("mirror-by-digest-only", false);
  if (const ConfigValue* mirrors = table.Find("mirror")) {
    for (const ConfigValue& mirror : mirrors->AsArray()) {
      read.mirrors.push_back(ReadMirror(mirror, digests_only));
    }
  }
  return read;
}

void RegistriesConf::Add(std::string_view text, const std::string& file) {
  const ConfigValue root = ConfigValue::ParseToml(text, file);
  if (const ConfigValue* old = root.Find("registries")) {
    old->Fail(
        "this is version 1 of registries.conf; version 2 has `[[registry]]` tables "
        "(containers-registries.conf(5))");
  }
  if (const ConfigValue* tables = root.Find("registry")) {
    std::vector<Table> added;
    for (const ConfigValue& table : tables->AsArray()) added.push_back(ReadTable(table));
    std::erase_if(tables_, [&](const Table& known) {
      return std::any_of(added.begin(), added.end(),
                         [&](const Table& table) { return table.prefix == known.prefix; });
    });
    tables_.insert(tables_.end(), added.begin(), added.end());
  }
  if (const ConfigValue* search = root.Find("unqualified-search-registries")) {
    search_ = search->AsStrings();
    search_place_ = search->Place();
    for (const std::string& host : search_) {
      if (!ParseUpstream(host, "")) search->Fail(fmt::format("{} is no registry", Quote(host)));
    }
  }
  if (const ConfigValue* mode = root.Find("short-name-mode")) mode_ = ParseMode(*mode);
  if (const ConfigValue* aliases = root.Find("aliases")) ReadAliases(*aliases, aliases_);
}

void RegistriesConf::AddAliases(std::string_view text, const std::string& file) {
  const ConfigValue root = ConfigValue::ParseToml(text, file);
  if (const ConfigValue* aliases = root.Find("aliases")) ReadAliases(*aliases, aliases_);
}

const RegistriesConf::Table* RegistriesConf::TableFor(std::string_view name) const {
  const Table* best = nullptr;
  for (const Table& table : tables_) {
    if (!Covered(table.prefix, name)) continue;
    if (best == nullptr || table.prefix.size() > best->prefix.size()) best = &table;
  }
  return best;
}

std::optional<Route> RegistriesConf::RouteOf(const oci::Repository& repository) const {
  const std::string name = repository.ToString();
  const Table* table = TableFor(name);
  if (table == nullptr) return std::nullopt;
  if (table->blocked) {
    throw Error(ErrorKind::kPermissionDenied,
                fmt::format("{} is blocked by {}", name, table->place));
  }
  const std::string_view rest = std::string_view(name).substr(*Covered(table->prefix, name));
  Route route{{}, {repository}};
  if (!table->location.empty()) {
    if (auto origin = Rewrite(table->location, rest)) route.origin = std::move(*origin);
  }
  route.origin.insecure = table->insecure;
  for (const Mirror& mirror : table->mirrors) {
    auto upstream = Rewrite(mirror.location, rest);
    if (!upstream) continue;
    upstream->insecure = mirror.insecure;
    upstream->resolves_tags = mirror.tags;
    upstream->serves_digests = mirror.digests;
    route.mirrors.push_back(std::move(*upstream));
  }
  return route;
}

std::vector<oci::Repository> RegistriesConf::Meanings(const std::string& short_name) const {
  const auto alias = aliases_.find(short_name);
  if (alias != aliases_.end() && !alias->second.empty()) {
    return {oci::Reference::Parse(alias->second).repository()};
  }
  std::vector<oci::Repository> meanings;
  for (const std::string& host : search_) {
    meanings.push_back(oci::Reference::Parse(host + "/" + short_name).repository());
  }
  if (mode_ == ShortNameMode::kEnforcing && meanings.size() > 1) {
    std::vector<std::string> names;
    for (const oci::Repository& meaning : meanings) names.push_back(meaning.ToString());
    throw Error(ErrorKind::kInvalidInput, fmt::format("{} may mean {} ({})", Quote(short_name),
                                                      Join(names, ", "), search_place_))
        .WithHint("write the registry, or name the one that is meant under [aliases]");
  }
  return meanings;
}

}  // namespace ibuild::registry
