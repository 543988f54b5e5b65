// RepositoryAccess: a repository, the way to it, and what one may do there. The clients for
// manifests, blobs, uploads, tags and referrers each take one; it is cheap to copy and valid as
// long as its RegistryClient.
#pragma once

#include <filesystem>
#include <stop_token>

#include "oci/reference.h"
#include "registry/auth/scope.h"
#include "registry/client/endpoints.h"
#include "registry/http/message.h"

namespace ibuild {
class Reporter;
}

namespace ibuild::registry {

class Transport;
class UploadHabits;
class Backoff;

enum class Access { kPull, kPush, kDelete };

struct RepositoryAccess {
  oci::Repository repository;
  Access actions;
  Endpoints endpoints;
  ScopeSet scopes;
  Transport* transport;  // authenticating and retrying
  UploadHabits* habits;  // how this registry likes its uploads
  Backoff* backoff;      // for attempts that the transport cannot repeat by itself
  Reporter* reporter;
  std::stop_token stop;
  bool past_mirrors = false;                // ask the registry itself
  std::filesystem::path upload_notes = {};  // a directory (upload_note.h)

  HttpRequest Request(Method method, Url url) const {
    HttpRequest request(method, std::move(url), scopes);
    request.stop = stop;
    request.past_mirrors = past_mirrors;
    return request;
  }
};

}  // namespace ibuild::registry
