// Who a command runs as: USER text against the image's own passwd and group files.
//
// The files belong to the image and may be hostile: they are opened inside the root, only when
// regular, read up to a limit, and numbers that do not fit 32 bits are errors, never wrapped
// (CVE-2024-40635). No name service of the host is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/rooted_dir.h"

namespace ibuild::builder {

struct UserIdentity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary, the primary one among them
  std::string home = "/";

  friend bool operator==(const UserIdentity&, const UserIdentity&) = default;
};

// `user` as in Dockerfile USER: "", name, uid, name:group, uid:gid. Empty is root. With an explicit
// group there are no others. Throws kNotFound ("unable to find user x: no matching
// entries in passwd file") and kInvalidInput for a number out of range.
UserIdentity ResolveUser(std::string_view user, std::string_view passwd, std::string_view group);

// The same with the files of a root directory; a missing file counts as empty.
UserIdentity LookUpUser(std::string_view user, const RootedDir& root);

// Numbers, and names in the group file of a root directory. Throws like ResolveUser.
std::vector<std::uint32_t> LookUpGroups(const std::vector<std::string>& names,
                                        const RootedDir& root);

}  // namespace ibuild::builder
