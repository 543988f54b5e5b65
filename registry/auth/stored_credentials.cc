#include "registry/auth/stored_credentials.h"

#include "registry/auth/credential_helper.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::registry {
namespace {

// Below a directory that we may not search, such as another user's runtime directory: not ours. A
// file of our own that cannot be read is an error instead.
bool OutOfReach(const std::filesystem::path& file) {
  std::error_code failure;
  const bool found = std::filesystem::exists(file, failure);
  return !found && failure == std::errc::permission_denied;
}

DockerConfig ParseVariable(std::string_view text) {
  try {
    return DockerConfig::Parse(text, "DOCKER_AUTH_CONFIG");
  } catch (Error& error) {
    error.AddHint("mend it, or unset it: files are read then");
    throw;
  }
}

}  // namespace

void StoredCredentials::Load() {
  if (std::exchange(loaded_, true)) return;
  const auto add_inline = [&] {
    if (!settings_.inline_config) return;
    configs_.push_back(ParseVariable(*settings_.inline_config));
  };
  for (std::size_t i = 0; i < settings_.files.size(); ++i) {
    if (i == settings_.files_before_inline) add_inline();
    const std::filesystem::path& file = settings_.files[i];
    if (OutOfReach(file)) continue;
    const auto text = ReadFileIfExists(file, 4u << 20);
    if (!text) continue;
    configs_.push_back(DockerConfig::ParseFile(*text, file, file.filename() == ".dockercfg"));
  }
  if (settings_.files_before_inline >= settings_.files.size()) add_inline();
}

std::optional<Credential> StoredCredentials::Find(const oci::RegistryHost& host,
                                                  const std::string& path) {
  if (settings_.anonymous) return std::nullopt;
  if (settings_.given) return settings_.given;
  const std::lock_guard lock(mutex_);
  Load();
  for (const DockerConfig& config : configs_) {
    if (auto credential = FindIn(config, host, path)) return credential;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> StoredCredentials::Headers() {
  const std::lock_guard lock(mutex_);
  try {
    Load();
  } catch (const Error&) {
    // Whoever needs a credential of the file hears of it; who brings his own need not.
    if (!settings_.given && !settings_.anonymous) throw;
  }
  std::vector<std::pair<std::string, std::string>> headers;
  for (const DockerConfig& config : configs_) {
    headers.insert(headers.end(), config.headers().begin(), config.headers().end());
  }
  return headers;
}

std::optional<Credential> StoredCredentials::FindIn(const DockerConfig& config,
                                                    const oci::RegistryHost& host,
                                                    const std::string& path) {
  const ConfigMatch match = config.Find(host, path);
  if (!match.helper.empty()) {
    if (auto credential = AskHelper(match.helper, host)) return credential;
  }
  return match.credential;
}

std::optional<Credential> StoredCredentials::AskHelper(const std::string& helper,
                                                       const oci::RegistryHost& host) {
  const std::string key = helper + "\n" + host.name();
  const auto known = helper_answers_.find(key);
  if (known != helper_answers_.end()) return known->second;
  auto answer = CredentialHelper(helper).Get(KeyOfHost(host));
  helper_answers_[key] = answer;
  return answer;
}

}  // namespace ibuild::registry
