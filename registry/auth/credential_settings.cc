#include "registry/auth/credential_settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include "support/environment.h"

namespace ibuild::registry {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> DirectoryFrom(const char* variable) {
  const auto value = GetEnvironment(variable);
  if (!value || value->empty()) return std::nullopt;
  return fs::path(*value);
}

void AddUsualFiles(CredentialSettings& settings) {
  const fs::path home = DirectoryFrom("HOME").value_or("/");
  const fs::path runtime =
      DirectoryFrom("XDG_RUNTIME_DIR").value_or(fmt::format("/run/containers/{}", getuid()));
  settings.files.push_back(runtime / "containers/auth.json");
  settings.files.push_back(DirectoryFrom("XDG_CONFIG_HOME").value_or(home / ".config") /
                           "containers/auth.json");
  settings.files.push_back(home / ".docker/config.json");
  settings.files.push_back(home / ".dockercfg");
}

}  // namespace

CredentialSettings CredentialSettingsFromEnvironment(const fs::path& auth_file,
                                                     const fs::path& docker_config) {
  CredentialSettings settings;
  if (!auth_file.empty()) settings.files.push_back(auth_file);
  if (const auto file = DirectoryFrom("REGISTRY_AUTH_FILE")) settings.files.push_back(*file);
  settings.files_before_inline = settings.files.size();
  settings.inline_config = GetEnvironment("DOCKER_AUTH_CONFIG");
  const auto docker =
      docker_config.empty() ? DirectoryFrom("DOCKER_CONFIG") : std::optional(docker_config);
  if (docker) {
    settings.files.push_back(*docker / "config.json");
  } else {
    AddUsualFiles(settings);
  }
  if (settings.files_before_inline > 0) {
    settings.login_file = settings.files.front();
  } else {
    const fs::path home = DirectoryFrom("HOME").value_or("/");
    settings.login_file = docker.value_or(home / ".docker") / "config.json";
  }
  return settings;
}

}  // namespace ibuild::registry
