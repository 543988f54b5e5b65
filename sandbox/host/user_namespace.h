// Becoming root without being root, as far as this place allows, once per process and only when it
// is needed. What is possible is found out by trying: settings only choose the words of a hint.
//
// With CAP_SYS_ADMIN nothing happens. Otherwise this very process moves into a new user namespace
// in which it is uid 0, and into a mount namespace of its own. The ids 1…65535 are, from best to
// worst:
//
//   a container's root maps them itself, those that the container has
//   an ordinary user's subordinate ids (subuid(5)) are mapped by newuidmap(1)
//   none: the process has its own id only, and owners are recorded (support/recorded_owner.h)
//
// Where no user namespace is to be had, nothing changes: files are made under our own id, and what
// runs commands (the executor) may know another way. unshare(CLONE_NEWUSER) wants a single-threaded
// process, so call it before any thread exists.
#pragma once

#include <functional>
#include <string>

#include "support/id_map.h"

namespace ibuild::builder {

enum class Privilege {
  kRoot,            // real root, or root of a privileged container
  kSubordinateIds,  // user namespace with every id that images use
  kSingleId,        // user namespace with only the own id
  kContainerRoot,   // no namespaces, but chroot(2) and the owners of files
  kNone,            // no namespaces, an ordinary user
};

struct PrivilegeReport {
  Privilege privilege = Privilege::kNone;
  std::string reason;  // why nothing better is possible; empty for kRoot and kSubordinateIds
  std::string hint;    // the command or setting that would help
  IdMap uids;
  IdMap gids;

  // Whether commands run in namespaces of their own.
  bool CanMakeNamespaces() const { return privilege <= Privilege::kSingleId; }
};

// Tries it in a child process; changes nothing here. For `ibuild info`, `ibuild doctor` and hints.
PrivilegeReport DetectPrivilege();

// The same, and in the child, where we would be then, `more`: what it says is stored in `found`.
PrivilegeReport DetectPrivilege(const std::function<std::string(const PrivilegeReport&)>& more,
                                std::string* found);

// Whether EnterUserNamespace moves this process, which must have one thread then.
bool MovesToBecomeRoot();

// Which owners the files of the store have already: one store holds one kind.
enum class WantedIds { kAsManyAsPossible, kOne };

// Idempotent, and returns where we are. Throws only when something fails that no place forbids.
const PrivilegeReport& EnterUserNamespace(WantedIds wanted = WantedIds::kAsManyAsPossible);

// Instead of making one, enters the one that another process of the same user is in: what was made
// there (network namespaces, mounts) can be used from here. Idempotent like the other.
void JoinUserNamespace(int user_namespace);

}  // namespace ibuild::builder
