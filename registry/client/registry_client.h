// RegistryClient: the one object through which a run speaks to registries.
//
// It owns connections, tokens and credentials, all made on first use: constructing one costs
// nothing and loads no library, so a build that stays offline may hold one. Safe to use from
// several threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "oci/reference.h"
#include "registry/auth/credential.h"
#include "registry/client/registry_settings.h"
#include "registry/client/repository_access.h"
#include "support/report.h"
#include "support/secret.h"

namespace ibuild::registry {

class HostSession;
class ClientParts;
struct Route;
struct Upstream;

class RegistryClient {
 public:
  // `reporter` hears of requests (debug), waits and oddities; it must outlive the client.
  RegistryClient(RegistrySettings settings, Reporter& reporter);
  ~RegistryClient();
  RegistryClient(const RegistryClient&) = delete;
  RegistryClient& operator=(const RegistryClient&) = delete;

  const RegistrySettings& settings() const { return settings_; }

  // What a name that a user wrote may mean, in the order in which to try: several when it was
  // written without a registry and this machine's configuration knows short names; else one.
  std::vector<oci::Reference> Meanings(std::string_view text);

  // The door to one repository, asking tokens for `actions`; `also_read` are repositories of the
  // same registry that blobs are mounted from. `stop` also ends finding the registry.
  RepositoryAccess Open(const oci::Repository& repository, Access actions,
                        const std::vector<oci::Repository>& also_read = {},
                        std::stop_token stop = {});

  // The way to addresses that are no registry's (ADD of a URL): redirects are followed and passing
  // troubles waited out, no credential goes along.
  Transport& transport_without_credentials();

  // GET /v2/ with this credential and no other. Throws kUnauthorized when it is refused. Gives the
  // refresh token that the registry offers in place of the password; empty: none.
  Secret Authenticate(const oci::RegistryHost& host, const Credential& credential);

 private:
  HostSession& SessionFor(const Upstream& upstream, CredentialSource& credentials,
                          std::stop_token stop = {});
  RepositoryAccess OpenRouted(const oci::Repository& repository, Route route);

  RegistrySettings settings_;
  std::unique_ptr<ClientParts> parts_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<HostSession>> sessions_;
  std::map<oci::Repository, std::unique_ptr<Transport>> routed_;
};

}  // namespace ibuild::registry
