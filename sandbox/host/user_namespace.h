// Becoming root in a user namespace, once per process and only when it is needed.
//
// As real root nothing happens. Otherwise this very process moves into a new user namespace in
// which it is uid 0 and its subordinate ids (subuid(5), by newuidmap(1)) are 1…65536, and into a
// mount namespace of its own. From then on files in the store are seen with the ids they have in
// the image, and everything that follows is the same code for root and rootless.
//
// unshare(CLONE_NEWUSER) wants a single-threaded process, so call it before any thread exists.
#pragma once

#include <string>

#include "support/id_map.h"

namespace ibuild::builder {

enum class Privilege {
  kRoot,            // real root
  kSubordinateIds,  // user namespace with a range of ids
  kSingleId,        // user namespace with only the own id
  kNone,            // no user namespace possible
};

struct PrivilegeReport {
  Privilege privilege = Privilege::kNone;
  std::string reason;  // why nothing better is possible; empty for kRoot and kSubordinateIds
  std::string hint;    // the command or setting that would help
  IdMap uids;
  IdMap gids;
};

// Looks only (files, limits); changes nothing. For `ibuild info` and for hints.
PrivilegeReport DetectPrivilege();

// Idempotent. Throws kUnsupported with the hint when there is no range of ids to be had.
void EnterUserNamespace();

}  // namespace ibuild::builder
