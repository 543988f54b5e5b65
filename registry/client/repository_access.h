// RepositoryAccess: a repository, the way to it, and what one may do there. The clients for
// manifests, blobs, uploads, tags and referrers each take one; it is cheap to copy and valid as
// long as its RegistryClient.
#pragma once

#include "oci/reference.h"
#include "registry/auth/scope.h"
#include "registry/client/endpoints.h"

namespace ibuild::registry {

class Transport;
class UploadHabits;
class Backoff;

enum class Access { kPull, kPush, kDelete };

struct RepositoryAccess {
  oci::Repository repository;
  Endpoints endpoints;
  ScopeSet scopes;
  Transport* transport;  // authenticating and retrying
  UploadHabits* habits;  // how this registry likes its uploads
  Backoff* backoff;      // waits between attempts that the transport cannot repeat by itself
};

}  // namespace ibuild::registry
