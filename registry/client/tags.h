// The tags of a repository (distribution-spec "Content discovery", end-8), and what else comes as
// pages of names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/client/repository_access.h"

namespace ibuild::registry {

// The target of `rel="next"` in Link values (RFC 8288); nothing when there is none. Pure.
std::optional<std::string> NextLink(const std::vector<std::string>& values);

inline constexpr std::size_t kNamesOnAPage = 1000;  // the most that some registries allow

// Pages of {"<member>": [names]}.
struct NameListing {
  std::string what;  // for messages
  Url first;
  std::string member;
  std::function<bool(const std::string&)> is_valid;  // others are passed over
};

// All of them, sorted. Pages are followed within the registry's origin until one brings nothing
// new. Throws kNotFound.
std::vector<std::string> ListNames(const RepositoryAccess& access, const NameListing& listing);
std::vector<std::string> ListTags(const RepositoryAccess& access);

}  // namespace ibuild::registry
