// Which secrets of a build open which server (Docker documentation, "Build secrets: Git
// authentication for remote contexts" and "ADD: private HTTP sources").
//
//   files by URL      HTTP_AUTH_TOKEN_<host>           Authorization: Bearer <secret>
//                     HTTP_AUTH_HEADER_<host>          Authorization: <secret>
//   Git repositories  GIT_AUTH_HEADER[.<host[:port]>]  Authorization: <secret>
//                     GIT_AUTH_TOKEN[.<host[:port]>]   Authorization: Basic, the secret as password
//
// The first that the build has counts, one for the host before the general one. They are for http
// and https only, and for the server that the address names: whoever sends the request keeps them
// from any other. A line break at the end of a secret is not part of it.
#pragma once

#include <string_view>

#include "builder/secrets/secret_store.h"
#include "support/secret.h"

namespace ibuild::builder {

// The value of the Authorization header; empty: none.
Secret UrlAuthorization(std::string_view url, SecretStore& secrets);
Secret GitAuthorization(std::string_view remote, SecretStore& secrets);

}  // namespace ibuild::builder
