// This machine's files about ids, and what they mean for one user.
#pragma once

#include <optional>
#include <string>

#include "sandbox/host/subordinate_ids.h"

namespace ibuild::builder {

// Why something cannot be had here, and the command or setting that would help.
struct Obstacle {
  std::string reason;
  std::string hint;
};

struct IdFiles {
  std::vector<OwnedIds> user_grants;   // /etc/subuid
  std::vector<OwnedIds> group_grants;  // /etc/subgid
  std::vector<OwnedIds> users;         // /etc/passwd
  std::vector<OwnedIds> groups;        // /etc/group
};
IdFiles ReadIdFiles();

// That the user has too few ids, or ids that are somebody else's, too. The hint names free ones.
std::optional<Obstacle> FindIdObstacle(const IdUser& user, const IdMap& uids, const IdMap& gids,
                                       const IdFiles& files);

}  // namespace ibuild::builder
