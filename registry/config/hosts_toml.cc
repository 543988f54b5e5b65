#include "registry/config/hosts_toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/config/config_value.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

// A text, or a list of them; relative to the directory of the file.
std::vector<fs::path> Paths(const ConfigValue& value, const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const std::string& text : value.AsStrings()) paths.push_back(directory / text);
  return paths;
}

// "file.pem" with both, ["cert", "key"], or a list of such pairs, of which the first counts.
ClientCertificate ReadClient(const ConfigValue& value, const fs::path& directory) {
  const ConfigValue* pair = &value;
  if (!value.IsString() && !value.AsArray().empty() && !value.AsArray().front().IsString()) {
    pair = &value.AsArray().front();
  }
  const std::vector<fs::path> paths = Paths(*pair, directory);
  if (paths.empty() || paths.size() > 2) pair->Fail("expected a certificate and its key");
  return {paths.front(), paths.back()};
}

void ReadHeaders(const ConfigValue& table, Upstream& upstream) {
  for (const auto& [name, value] : table.AsTable()) {
    for (const std::string& text : value.AsStrings()) {
      const bool bad = name.find_first_of(": \r\n") != std::string::npos ||
                       text.find_first_of("\r\n") != std::string::npos;
      if (bad) value.Fail("is no HTTP header");
      upstream.headers.emplace_back(name, text);
    }
  }
}

// The path of the address is put before "/v2", or takes its place.
void ReadPath(std::string_view address, bool override_path, Upstream& upstream) {
  const std::size_t scheme = address.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t slash = std::min(address.find('/', begin), address.size());
  std::string path(address.substr(slash));
  while (path.ends_with('/')) path.pop_back();
  upstream.api_root = override_path ? path : path + "/v2";
}

Upstream ReadHost(const ConfigValue& table, std::string_view address, const fs::path& directory,
                  const oci::Repository& repository) {
  const std::size_t scheme = address.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(address.find('/', host), address.size());
  auto upstream = ParseUpstream(address.substr(0, end), repository.path);
  if (!upstream) table.Fail(fmt::format("{} is no address of a registry", Quote(address)));
  ReadPath(address, table.Bool("override_path", false), *upstream);
  if (const ConfigValue* list = table.Find("capabilities")) {
    const std::vector<std::string> capabilities = list->AsStrings();
    const auto has = [&](const char* name) {
      return std::find(capabilities.begin(), capabilities.end(), name) != capabilities.end();
    };
    upstream->resolves_tags = has("resolve");
    upstream->serves_digests = has("pull");
  }
  upstream->insecure = table.Bool("skip_verify", false);
  if (const ConfigValue* ca = table.Find("ca")) upstream->authorities = Paths(*ca, directory);
  if (const ConfigValue* client = table.Find("client")) {
    upstream->client = ReadClient(*client, directory);
  }
  if (const ConfigValue* headers = table.Find("header")) ReadHeaders(*headers, *upstream);
  return std::move(*upstream);
}

}  // namespace

Route ParseHostsToml(std::string_view text, const fs::path& file,
                     const oci::Repository& repository) {
  const ConfigValue root = ConfigValue::ParseToml(text, file.string());
  const fs::path directory = file.parent_path();
  Route route{{}, {repository}};
  const std::string server = root.String("server");
  if (!server.empty()) {
    route.origin = ReadHost(root, server, directory, repository);
    // Whatever it is trusted with, it is the last resort.
    route.origin.resolves_tags = route.origin.serves_digests = true;
  }
  if (const ConfigValue* hosts = root.Find("host")) {
    for (const auto& [address, table] : hosts->AsTable()) {
      Upstream mirror = ReadHost(table, address, directory, repository);
      // The registry itself: how it is to be spoken to, for pushes too.
      if (mirror.repository.host == route.origin.repository.host) {
        mirror.resolves_tags = mirror.serves_digests = true;
        route.origin = std::move(mirror);
        continue;
      }
      mirror.is_asked_for = mirror.repository.host != repository.host;
      route.mirrors.push_back(std::move(mirror));
    }
  }
  return route;
}

std::vector<std::string> HostsDirectoryNames(const oci::RegistryHost& host) {
  const std::string& name = host.name();
  std::vector<std::string> names = {name};
  if (const std::size_t colon = name.rfind(':');
      colon != std::string::npos && name.find(']', colon) == std::string::npos) {
    names.push_back(fmt::format("{}_{}_", name.substr(0, colon), name.substr(colon + 1)));
    names.push_back(name.substr(0, colon));
  }
  names.emplace_back("_default");
  return names;
}

}  // namespace ibuild::registry
