#include "registry/config/registry_rules.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "registry/config/hosts_toml.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 4u << 20;
constexpr const char* kConfVariable = "CONTAINERS_REGISTRIES_CONF";

std::optional<fs::path> PathFrom(const char* variable) {
  const auto value = GetEnvironment(variable);
  return value && !value->empty() ? std::optional<fs::path>(*value) : std::nullopt;
}

std::vector<fs::path> ConfFilesIn(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() == ".conf") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The user's file takes the place of the system's.
std::vector<fs::path> MainConf(const fs::path& config) {
  if (const auto given = PathFrom(kConfVariable)) return {*given};
  std::error_code ignored;
  const fs::path own = config / "containers/registries.conf";
  if (fs::exists(own, ignored)) return {own};
  return {"/etc/containers/registries.conf"};
}

std::string ReadNamed(const fs::path& file) {
  try {
    if (auto text = ReadFileIfExists(file, kFileLimit)) return *std::move(text);
    throw Error(ErrorKind::kInvalidInput,
                fmt::format("{}, which {} names, does not exist", file.string(), kConfVariable));
  } catch (Error& error) {
    error.AddHint(fmt::format("correct {} or unset it", kConfVariable));
    throw;
  }
}

}  // namespace

RuleFiles UsualRuleFiles() {
  const fs::path home = PathFrom("HOME").value_or("/");
  const fs::path config = PathFrom("XDG_CONFIG_HOME").value_or(home / ".config");
  const fs::path cache = PathFrom("XDG_CACHE_HOME").value_or(home / ".cache");
  return {.registries_conf = MainConf(config),
          .registries_conf_directories = {"/etc/containers/registries.conf.d",
                                          config / "containers/registries.conf.d"},
          .registries_conf_named = PathFrom(kConfVariable).has_value(),
          .short_name_cache = cache / "containers/short-name-aliases.conf",
          .daemon_json = {"/etc/docker/daemon.json", config / "docker/daemon.json"},
          .hosts_directories = {config / "containerd/certs.d", "/etc/containerd/certs.d",
                                config / "docker/certs.d", "/etc/docker/certs.d"}};
}

void RegistryRules::Load() {
  std::call_once(loaded_, [this] {
    const auto add = [](const fs::path& file, const auto& take) {
      if (file.empty()) return;
      if (const auto text = ReadFileIfExists(file, kFileLimit)) take(*text, file.string());
    };
    const auto add_conf = [this](const std::string& text, const std::string& name) {
      conf_.Add(text, name);
    };
    for (const fs::path& file : settings_.files.registries_conf) {
      if (settings_.files.registries_conf_named) {
        add_conf(ReadNamed(file), file.string());
      } else {
        add(file, add_conf);
      }
    }
    for (const fs::path& directory : settings_.files.registries_conf_directories) {
      for (const fs::path& file : ConfFilesIn(directory)) add(file, add_conf);
    }
    add(settings_.files.short_name_cache,
        [this](const std::string& text, const std::string& name) { conf_.AddAliases(text, name); });
    for (const fs::path& file : settings_.files.daemon_json) {
      add(file,
          [this](const std::string& text, const std::string& name) { daemon_.Add(text, name); });
    }
  });
}

std::optional<Route> RegistryRules::FromHostsToml(const oci::Repository& repository) const {
  for (const fs::path& parent : settings_.files.hosts_directories) {
    for (const std::string& name : HostsDirectoryNames(repository.host)) {
      const fs::path file = parent / name / "hosts.toml";
      if (const auto text = ReadFileIfExists(file, kFileLimit)) {
        return ParseHostsToml(*text, file, repository);
      }
    }
  }
  return std::nullopt;
}

Route RegistryRules::RouteOf(const oci::Repository& repository) {
  Load();
  auto route = conf_.RouteOf(repository);
  if (!route) route = FromHostsToml(repository);
  if (!route) route = Route{daemon_.MirrorsOf(repository), {repository}};
  const auto judge = [this](Upstream& upstream) {
    if (IsInsecure(upstream.repository.host)) upstream.insecure = true;
  };
  judge(route->origin);
  std::for_each(route->mirrors.begin(), route->mirrors.end(), judge);
  return std::move(*route);
}

bool RegistryRules::IsInsecure(const oci::RegistryHost& host) {
  Load();
  const auto& hosts = settings_.insecure_hosts;
  return settings_.all_insecure ||
         std::find(hosts.begin(), hosts.end(), host.name()) != hosts.end() ||
         daemon_.IsInsecure(host);
}

std::vector<oci::Repository> RegistryRules::Meanings(const std::string& short_name) {
  Load();
  return conf_.Meanings(short_name);
}

}  // namespace ibuild::registry
