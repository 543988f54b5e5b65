// A Credential: who we are to a registry, and where we learnt it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oci/reference.h"
#include "support/secret.h"

namespace ibuild::registry {

struct Credential {
  std::string username;
  Secret password;
  Secret identity_token;  // an OAuth2 refresh token: exchanged, never sent to the registry
  Secret registry_token;  // sent as Bearer as it is
  std::string source;     // for messages: "/home/u/.docker/config.json"

  bool HasPassword() const { return !username.empty() && !password.empty(); }
};

// Whose credential answered a request, for error messages; holds nothing secret.
struct UsedCredential {
  std::string username;
  std::string source;
};

// What to type: "ibuild login r.example", without the host for Docker Hub.
inline std::string LoginCommand(const oci::RegistryHost& host) {
  return host.IsDockerHub() ? "ibuild login" : "ibuild login " + host.name();
}

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // `path` is the repository ("library/debian"), empty for the registry itself. Nothing: anonymous.
  virtual std::optional<Credential> Find(const oci::RegistryHost& host,
                                         const std::string& path) = 0;
  // Further headers that the user wants every registry to see.
  virtual std::vector<std::pair<std::string, std::string>> Headers() { return {}; }
};

}  // namespace ibuild::registry
