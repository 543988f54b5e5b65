// The process that gives a user namespace its ids, from outside of it.
//
// Only somebody outside a new user namespace can map more than one id into it: a container's root
// by writing the maps, an ordinary user by newuidmap(1) and newgidmap(1). So the helper is forked
// first, waits until the namespace is there, and maps.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "sandbox/host/id_files.h"
#include "support/fd.h"
#include "support/id_map.h"

namespace ibuild::builder {

struct IdMaps {
  IdMap uids;
  IdMap gids;
};

// An ordinary user's own id and subordinate ids; root's own ids as they are.
IdMaps FindIdMaps();
// Nothing: it is worth trying.
std::optional<Obstacle> FindMapObstacle(const IdMaps& maps);
// Why newuidmap(1) refused although all seemed well.
Obstacle ExplainMapFailure(const std::string& complaint);

class IdMapper {
 public:
  // Forks; `maps` are to become those of this process once it is in its namespace.
  explicit IdMapper(const IdMaps& maps);
  IdMapper(const IdMapper&) = delete;
  IdMapper& operator=(const IdMapper&) = delete;
  ~IdMapper();

  // To be called in the new namespace. What went wrong, empty: nothing.
  std::string Map();

 private:
  pid_t pid_ = -1;
  UniqueFd go_;
  UniqueFd complaint_;
};

// Maps our own id, and no other, to 0: anybody may.
void MapOwnId(uid_t uid, gid_t gid);

}  // namespace ibuild::builder
