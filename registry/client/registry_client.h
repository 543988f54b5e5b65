// RegistryClient: the one object through which a run speaks to registries.
//
// It owns connections, tokens and credentials, all made on first use: constructing one costs
// nothing and loads no library, so a build that stays offline may hold one. Safe to use from
// several threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "oci/reference.h"
#include "registry/auth/credential.h"
#include "registry/client/registry_settings.h"
#include "registry/client/repository_access.h"
#include "support/report.h"

namespace ibuild::registry {

class HostSession;
class ClientParts;

class RegistryClient {
 public:
  // `reporter` hears of requests (debug), waits and oddities; it must outlive the client.
  RegistryClient(RegistrySettings settings, Reporter& reporter);
  ~RegistryClient();
  RegistryClient(const RegistryClient&) = delete;
  RegistryClient& operator=(const RegistryClient&) = delete;

  const RegistrySettings& settings() const { return settings_; }

  // The door to one repository, asking tokens for `actions`; `also_read` are repositories of the
  // same registry that blobs are mounted from.
  RepositoryAccess Open(const oci::Repository& repository, Access actions,
                        const std::vector<oci::Repository>& also_read = {});

  // The way to addresses that are no registry's (ADD of a URL): redirects are followed and passing
  // troubles waited out, no credential goes along.
  Transport& transport_without_credentials();

  // GET /v2/ with this credential and no other. Throws kUnauthorized when it is refused.
  void Authenticate(const oci::RegistryHost& host, const Credential& credential);

 private:
  HostSession& SessionFor(const oci::RegistryHost& host);

  RegistrySettings settings_;
  std::unique_ptr<ClientParts> parts_;
  std::mutex mutex_;
  std::map<oci::RegistryHost, std::unique_ptr<HostSession>> sessions_;
};

}  // namespace ibuild::registry
