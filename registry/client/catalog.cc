#include "registry/client/catalog.h"

#include <fmt/format.h>

#include <string_view>

#include "registry/client/error_response.h"
#include "registry/client/tags.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

// What is none could be named in no command, and might drive the terminal.
bool IsRepositoryPath(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string::npos;
}

}  // namespace

std::vector<std::string> ListRepositories(RegistryClient& client, const oci::RegistryHost& host,
                                          std::stop_token stop) {
  // No repository's: the path is never used.
  RepositoryAccess access = client.Open({host, "catalog"}, Access::kPull);
  access.stop = std::move(stop);
  access.scopes = ScopeSet({{"registry", "catalog", {"*"}}});
  NameListing listing{.what = "catalog of " + host.name(),
                      .first = access.endpoints.Catalog(kNamesOnAPage),
                      .member = "repositories",
                      .is_valid = IsRepositoryPath};
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
