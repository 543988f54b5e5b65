#include "sandbox/host/user_namespace.h"

#include <fmt/format.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "sandbox/host/id_mapper.h"
#include "support/capability.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/recorded_owner.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// What EnterUserNamespace came to; set before any thread exists.
std::optional<PrivilegeReport> entered;

bool SettingIs(const char* path, std::string_view value) {
  const auto content = ReadFileIfExists(path);
  return content && Trim(*content) == value;
}

bool IsConfinedByAppArmor() {
  return SettingIs("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1");
}

// A filter is on us that may be what says no (seccomp mode 2).
bool IsFiltered() { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2; }

Obstacle ExplainAppArmor() {
  return {
      "AppArmor takes the rights in a user namespace from programs that it has no profile for "
      "(kernel.apparmor_restrict_unprivileged_userns=1)",
      "as root: printf 'abi <abi/4.0>,\\nprofile ibuild /**/ibuild flags=(unconfined) {\\n  "
      "userns,\\n}\\n' > /etc/apparmor.d/ibuild && apparmor_parser -r /etc/apparmor.d/ibuild"};
}

// Why unshare(2) said no, in words.
Obstacle ExplainRefusal(int error_number) {
  if (SettingIs("/proc/sys/user/max_user_namespaces", "0")) {
    return {"user namespaces are switched off (user.max_user_namespaces=0)",
            "as root: sysctl -w user.max_user_namespaces=15000"};
  }
  if (error_number == ENOSPC) {
    return {"the limit of user namespaces is reached",
            "as root: sysctl -w user.max_user_namespaces=15000"};
  }
  if (SettingIs("/proc/sys/kernel/unprivileged_userns_clone", "0") && geteuid() != 0) {
    return {"user namespaces are for root only (kernel.unprivileged_userns_clone=0)",
            "as root: sysctl -w kernel.unprivileged_userns_clone=1"};
  }
  if (access("/proc/self/ns/user", F_OK) != 0) {
    return {"this kernel has no user namespaces", "run ibuild as root"};
  }
  if (IsFiltered()) {
    return {"a seccomp filter forbids user namespaces, as in a container with default settings",
            "run the container with --security-opt seccomp=unconfined (and, where AppArmor is in "
            "use, apparmor=unconfined); in Kubernetes: seccompProfile: {type: Unconfined}"};
  }
  return IsConfinedByAppArmor()
             ? ExplainAppArmor()
             : Obstacle{fmt::format("this machine refuses to make a user namespace ({})",
                                    ErrnoError("unshare", error_number).message()),
                        "run ibuild as root"};
}

// Without this right nobody maps root (user_namespaces(7)), and a namespace without a map is of no
// use, but cannot be left.
Obstacle ExplainLostRights() {
  return {"root's right to map itself in a user namespace (CAP_SETFCAP) was taken away",
          "run the container with --cap-add SETFCAP, SETUID and SETGID, or as an ordinary user "
          "(--user 1000)"};
}

PrivilegeReport WithoutNamespaces(Obstacle obstacle) {
  PrivilegeReport report;
  const bool able = geteuid() == 0 && HasCapability(CAP_SYS_CHROOT) && HasCapability(CAP_CHOWN);
  report.privilege = able ? Privilege::kContainerRoot : Privilege::kNone;
  report.reason = std::move(obstacle.reason);
  report.hint = std::move(obstacle.hint);
  return report;
}

void BecomeRootInside(bool single_id) {
  if (!single_id && setgroups(0, nullptr) != 0) ThrowErrno("dropping supplementary groups");
  if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) {
    throw ErrnoError("becoming root in the user namespace", errno);
  }
  // The change of ids made /proc/self belong to somebody else.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

// A namespace in which nothing can be mounted runs no steps.
std::optional<Obstacle> CutMountsOff() {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0) return std::nullopt;
  const int error_number = errno;
  if (error_number == EINVAL) {
    return Obstacle{"the root directory is not a mount point, as in a chroot",
                    "make it one before chroot(8): mount --bind DIR DIR"};
  }
  if (IsConfinedByAppArmor()) return ExplainAppArmor();
  return Obstacle{
      "nothing can be mounted here: " + std::string(ErrnoError("mount", error_number).message()),
      "run ibuild as root, or in a container with --security-opt "
      "apparmor=unconfined"};
}

// Moves this process. Nothing is thrown for what this place forbids.
PrivilegeReport Climb(WantedIds wanted) {
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  PrivilegeReport report;
  const IdMaps maps = FindIdMaps();
  auto obstacle = wanted == WantedIds::kOne
                      ? Obstacle{"the store holds files with recorded owners", ""}
                      : FindMapObstacle(maps);
  std::optional<IdMapper> mapper;
  if (!obstacle) mapper.emplace(maps);
  if (geteuid() == 0 && !HasCapability(CAP_SETFCAP)) return WithoutNamespaces(ExplainLostRights());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return WithoutNamespaces(ExplainRefusal(errno));
  if (mapper) {
    const std::string complaint = mapper->Map();
    if (!complaint.empty()) obstacle = ExplainMapFailure(complaint);
  }
  if (obstacle) MapOwnId(uid, gid);
  BecomeRootInside(obstacle.has_value());
  report.privilege = obstacle ? Privilege::kSingleId : Privilege::kSubordinateIds;
  if (obstacle) {
    report.reason = std::move(obstacle->reason);
    report.hint = std::move(obstacle->hint);
  } else {
    report.uids = maps.uids;
    report.gids = maps.gids;
  }
  if (auto refused = CutMountsOff()) {
    report.privilege = Privilege::kNone;
    report.reason = std::move(refused->reason);
    report.hint = std::move(refused->hint);
  }
  return report;
}

std::string Pack(const PrivilegeReport& report) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", static_cast<int>(report.privilege), report.reason,
                     report.hint, report.uids.Count(), report.gids.Count());
}

// As many ids, without their places: nobody asks a report for those.
IdMap MapOf(std::string_view count) {
  const auto ids = static_cast<std::uint32_t>(ParseUnsigned(count).value_or(0));
  return ids == 0 ? IdMap() : IdMap({{.inside = 0, .outside = 0, .count = ids}});
}

PrivilegeReport Unpack(std::string_view text) {
  const auto lines = Split(text, '\n');
  if (lines.size() != 5) throw Error(ErrorKind::kInternal, "trying a user namespace failed");
  PrivilegeReport report;
  report.privilege = static_cast<Privilege>(ParseUnsigned(lines[0]).value_or(0));
  report.reason = lines[1];
  report.hint = lines[2];
  report.uids = MapOf(lines[3]);
  report.gids = MapOf(lines[4]);
  return report;
}

using MoreToTry = std::function<std::string(const PrivilegeReport&)>;

// Root is there already.
PrivilegeReport ClimbUnlessRoot() {
  if (!HasCapability(CAP_SYS_ADMIN)) return Climb(WantedIds::kAsManyAsPossible);
  PrivilegeReport report;
  report.privilege = Privilege::kRoot;
  if (unshare(CLONE_NEWNS) == 0) CutMountsOff();
  return report;
}

PrivilegeReport ClimbInChild(const MoreToTry& more = {}, std::string* found = nullptr) {
  Pipe pipe = MakePipe();
  const pid_t child = fork();
  if (child < 0) ThrowErrno("starting a process that tries a user namespace");
  if (child == 0) {
    try {
      const PrivilegeReport report = ClimbUnlessRoot();
      WriteAll(pipe.write_end.get(), Pack(report) + '\0' + (more ? more(report) : ""));
    } catch (const Error&) {  // the parent sees that nothing came
      _exit(1);
    }
    _exit(0);
  }
  pipe.write_end.Reset();
  const std::string text = ReadAll(pipe.read_end.get());
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return WithoutNamespaces({"a seccomp filter kills what asks for a user namespace",
                              "run the container with --security-opt seccomp=unconfined"});
  }
  const std::size_t end = text.find('\0');
  if (end == std::string::npos) {
    throw Error(ErrorKind::kInternal, "trying a user namespace failed");
  }
  if (found != nullptr) *found = text.substr(end + 1);
  return Unpack(std::string_view(text).substr(0, end));
}

}  // namespace

PrivilegeReport DetectPrivilege() {
  if (entered) return *entered;
  if (!HasCapability(CAP_SYS_ADMIN)) return ClimbInChild();
  PrivilegeReport report;
  report.privilege = Privilege::kRoot;
  return report;
}

PrivilegeReport DetectPrivilege(const MoreToTry& more, std::string* found) {
  return ClimbInChild(more, found);
}

bool MovesToBecomeRoot() { return !entered && !HasCapability(CAP_SYS_ADMIN); }

const PrivilegeReport& EnterUserNamespace(WantedIds wanted) {
  if (entered) return *entered;
  if (HasCapability(CAP_SYS_ADMIN)) {
    entered.emplace().privilege = Privilege::kRoot;
    return *entered;
  }
  // A filter may kill instead of refusing: then better a child.
  if (IsFiltered()) {
    PrivilegeReport tried = ClimbInChild();
    if (!tried.CanMakeNamespaces()) return entered.emplace(std::move(tried));
  }
  entered = Climb(wanted);
  ReconsiderOwners();
  return *entered;
}

void JoinUserNamespace(int user_namespace) {
  if (entered || HasCapability(CAP_SYS_ADMIN)) return;
  PrivilegeReport report = DetectPrivilege();
  if (setns(user_namespace, CLONE_NEWUSER) != 0) ThrowErrno("entering a user namespace");
  if (unshare(CLONE_NEWNS) != 0) ThrowErrno("making a mount namespace");
  BecomeRootInside(report.privilege == Privilege::kSingleId);
  entered = std::move(report);
  ReconsiderOwners();
}

}  // namespace ibuild::builder
