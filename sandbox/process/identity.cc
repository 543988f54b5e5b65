#include "sandbox/process/identity.h"

#include <algorithm>
#include <cstring>

#include "sandbox/process/user_lookup.h"
#include "support/error.h"

namespace ibuild::builder {
namespace {

bool HasHome(const SandboxSpec& spec) {
  return std::any_of(spec.env.begin(), spec.env.end(), [](const std::string& entry) {
    return entry.starts_with("HOME=") && entry != "HOME=";
  });
}

void AddGroups(const std::vector<std::uint32_t>& groups, wire::Identity* identity) {
  for (const std::uint32_t group : groups) {
    std::uint32_t* const end = identity->groups + identity->group_count;
    if (identity->group_count == wire::kMaxGroups) {
      throw Error(ErrorKind::kInvalidInput, "the user is in too many groups");
    }
    if (std::find(identity->groups + 0, end, group) == end) {
      identity->groups[identity->group_count++] = group;
    }
  }
}

}  // namespace

wire::Identity MakeIdentity(const SandboxSpec& spec, const RootedDir& root) {
  const UserIdentity user = LookUpUser(spec.user, root);
  wire::Identity identity{};
  identity.uid = user.uid;
  identity.gid = user.gid;
  AddGroups(user.groups, &identity);
  AddGroups(LookUpGroups(spec.traits.extra_groups, root), &identity);
  if (!HasHome(spec)) {
    const std::string entry = "HOME=" + user.home;
    if (entry.size() >= sizeof identity.home) {
      throw Error(ErrorKind::kInvalidInput, "the home directory in /etc/passwd is too long");
    }
    std::memcpy(identity.home, entry.c_str(), entry.size() + 1);
  }
  return identity;
}

}  // namespace ibuild::builder
