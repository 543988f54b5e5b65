// RegistryRules: all that this machine's configuration says of registries, read when the first
// question comes.
//
// A registries.conf table that is about a repository decides alone; else containerd's hosts.toml
// for the host; else Docker's daemon.json. Insecure registries of the command line and of
// daemon.json add to all of them. Safe to use from several threads.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry/config/docker_daemon.h"
#include "registry/config/registries_conf.h"

namespace ibuild::registry {

// The files, in the order in which they are laid over each other; what is missing is passed over.
struct RuleFiles {
  std::vector<std::filesystem::path> registries_conf;
  std::vector<std::filesystem::path> registries_conf_directories;  // *.conf in each
  bool registries_conf_named = false;                              // by the user: it must be there
  std::filesystem::path short_name_cache;
  std::vector<std::filesystem::path> daemon_json;
  std::vector<std::filesystem::path> hosts_directories;  // the first with the host counts
};
RuleFiles UsualRuleFiles();

struct RuleSettings {
  RuleFiles files;
  std::vector<std::string> insecure_hosts;
  bool all_insecure = false;  // --tls-verify=false
};

class RegistryRules {
 public:
  explicit RegistryRules(RuleSettings settings) : settings_(std::move(settings)) {}

  // Throws kPermissionDenied for what is blocked, kInvalidInput for a broken file.
  Route RouteOf(const oci::Repository& repository);
  bool IsInsecure(const oci::RegistryHost& host);
  // What a name that was written without a registry may mean; empty: as it is read, Docker Hub's.
  std::vector<oci::Repository> Meanings(const std::string& short_name);

 private:
  void Load();
  std::optional<Route> FromHostsToml(const oci::Repository& repository) const;

  RuleSettings settings_;
  std::once_flag loaded_;
  RegistriesConf conf_;
  DockerDaemonConf daemon_;
};

}  // namespace ibuild::registry
