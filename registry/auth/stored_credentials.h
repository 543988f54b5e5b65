// StoredCredentials: the credential for a repository from the sources of CredentialSettings, in
// their order; the first that has one wins. Files are read when the first question comes, helpers
// are asked once for each host.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "registry/auth/credential_settings.h"
#include "registry/auth/docker_config.h"

namespace ibuild::registry {

class StoredCredentials final : public CredentialSource {
 public:
  explicit StoredCredentials(CredentialSettings settings) : settings_(std::move(settings)) {}

  // Throws kInvalidInput for a malformed file and whatever a helper's failure is.
  std::optional<Credential> Find(const oci::RegistryHost& host, const std::string& path) override;
  std::vector<std::pair<std::string, std::string>> Headers() override;

 private:
  void Load();
  std::optional<Credential> FindIn(const DockerConfig& config, const oci::RegistryHost& host,
                                   const std::string& path);
  std::optional<Credential> AskHelper(const std::string& helper, const oci::RegistryHost& host);

  CredentialSettings settings_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::vector<DockerConfig> configs_;
  std::map<std::string, std::optional<Credential>> helper_answers_;
};

// Just the one.
class FixedCredential final : public CredentialSource {
 public:
  explicit FixedCredential(Credential credential) : credential_(std::move(credential)) {}
  std::optional<Credential> Find(const oci::RegistryHost&, const std::string&) override {
    return credential_;
  }

 private:
  Credential credential_;
};

}  // namespace ibuild::registry
