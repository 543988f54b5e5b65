// The tags of a repository (distribution-spec "Content discovery", end-8).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/client/repository_access.h"

namespace ibuild::registry {

// The target of `rel="next"` in Link values (RFC 8288); nothing when there is none. Pure.
std::optional<std::string> NextLink(const std::vector<std::string>& values);

// All of them, sorted. Pages are followed within the registry's origin until one brings nothing
// new. Throws kNotFound.
std::vector<std::string> ListTags(const RepositoryAccess& access);

}  // namespace ibuild::registry
