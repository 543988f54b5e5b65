// The repositories of a registry (Docker's `GET /v2/_catalog`), where it tells.
#pragma once

#include <string>
#include <vector>

#include "oci/reference.h"
#include "registry/client/registry_client.h"

namespace ibuild::registry {

// All of them, sorted. Throws kUnsupported where the registry has no catalog, as public ones.
std::vector<std::string> ListRepositories(RegistryClient& client, const oci::RegistryHost& host,
                                          std::stop_token stop);

}  // namespace ibuild::registry
