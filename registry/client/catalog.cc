#include "registry/client/catalog.h"

#include "registry/client/error_response.h"
#include "registry/client/tags.h"
#include "support/error.h"

namespace ibuild::registry {

std::vector<std::string> ListRepositories(RegistryClient& client, const oci::RegistryHost& host,
                                          std::stop_token stop) {
  // No repository's: the path is never used.
  RepositoryAccess access = client.Open({host, "catalog"}, Access::kPull);
  access.stop = std::move(stop);
  access.scopes = ScopeSet({{"registry", "catalog", {"*"}}});
  // What is no name could be said in no command, and might drive the terminal.
  NameListing listing{
      .what = "catalog of " + host.name(),
      .first = access.endpoints.Catalog(kNamesOnAPage),
      .member = "repositories",
      .is_valid = [](const std::string& name) { return oci::IsValidRepositoryPath(name); }};
  try {
    return ListNames(access, listing);
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kUnauthorized) {
      error.AddHint("many registries, Docker Hub among them, do not tell what they hold");
    }
    throw;
  }
}

}  // namespace ibuild::registry
