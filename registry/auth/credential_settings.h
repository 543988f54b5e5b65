// Which files hold credentials, in the order in which they are asked, and where login writes.
//
// The order is the one of containers-auth.json(5) and of Docker's CLI: --authfile,
// REGISTRY_AUTH_FILE, DOCKER_AUTH_CONFIG (inline), $DOCKER_CONFIG/config.json (and then no other),
// $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME/containers/auth.json,
// ~/.docker/config.json, ~/.dockercfg. The first that has a match wins.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registry/auth/credential.h"

namespace ibuild::registry {

struct CredentialSettings {
  std::optional<Credential> given;           // on the command line; beats every file
  bool anonymous = false;                    // --no-creds: look nowhere
  std::vector<std::filesystem::path> files;  // asked before `inline_config` when marked so below
  std::optional<std::string> inline_config;  // DOCKER_AUTH_CONFIG
  std::size_t files_before_inline = 0;       // how many of `files` come before the inline text
  std::filesystem::path login_file;          // where login and logout write
};

// `auth_file`: the value of --authfile, empty when not given. `docker_config`: of --config, in
// place of DOCKER_CONFIG.
CredentialSettings CredentialSettingsFromEnvironment(
    const std::filesystem::path& auth_file = {}, const std::filesystem::path& docker_config = {});

}  // namespace ibuild::registry
