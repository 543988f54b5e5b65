#include "sandbox/host/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include "sandbox/host/id_files.h"
#include "support/error.h"
#include "support/fd.h"
#include "support/files.h"
#include "support/process.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// What EnterUserNamespace did, if it had to do anything; set before any thread exists.
std::optional<PrivilegeReport> entered;

bool HasSystemAdmin() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return false;
  return (data[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

std::string UserName(uid_t uid) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::to_string(uid);
  }
  return found->pw_name;
}

// The set-user-ID helpers of shadow-utils. Our own PATH is not asked: a program of that name in
// somebody's home directory is not what we want to trust.
std::optional<std::string> FindMapper(const std::string& name) {
  for (const char* directory : {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"}) {
    const std::string path = std::string(directory) + "/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

bool SettingIs(const char* path, std::string_view value) {
  const auto content = ReadFileIfExists(path);
  return content && Trim(*content) == value;
}

// Settings of the machine that forbid user namespaces.
std::optional<Obstacle> FindNamespaceObstacle() {
  if (SettingIs("/proc/sys/user/max_user_namespaces", "0")) {
    return Obstacle{"user namespaces are switched off (user.max_user_namespaces=0)",
                    "as root: sysctl -w user.max_user_namespaces=15000"};
  }
  if (SettingIs("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
    return Obstacle{"user namespaces are for root only (kernel.unprivileged_userns_clone=0)",
                    "as root: sysctl -w kernel.unprivileged_userns_clone=1"};
  }
  if (access("/proc/self/ns/user", F_OK) != 0) {
    return Obstacle{"this kernel has no user namespaces", "run ibuild as root"};
  }
  return std::nullopt;
}

std::optional<Obstacle> FindMapperObstacle() {
  if (!FindMapper("newuidmap") || !FindMapper("newgidmap")) {
    return Obstacle{"newuidmap and newgidmap are not installed",
                    "as root: apt-get install uidmap (or shadow-utils on other distributions)"};
  }
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
    return Obstacle{"no_new_privs is set, so newuidmap has no effect",
                    "in Kubernetes: allowPrivilegeEscalation: true"};
  }
  return std::nullopt;
}

PrivilegeReport Obstructed(Privilege privilege, Obstacle obstacle) {
  PrivilegeReport report;
  report.privilege = privilege;
  report.reason = std::move(obstacle.reason);
  report.hint = std::move(obstacle.hint);
  return report;
}

// A helper that waits outside the new namespace until `go` is closed and then writes one of its
// maps.
struct Mapper {
  pid_t pid = -1;
  UniqueFd errors;
};

Mapper StartMapper(const std::string& program, const IdMap& map, const Pipe& go) {
  std::vector<std::string> words = {program, std::to_string(getpid())};
  for (const IdRange& range : map.ranges()) {
    for (std::uint32_t number : {range.inside, range.outside, range.count}) {
      words.push_back(std::to_string(number));
    }
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  Pipe errors = MakePipe();
  const pid_t pid = fork();
  if (pid < 0) ThrowErrno("starting " + program);
  if (pid == 0) {
    close(go.write_end.get());
    char byte;
    while (read(go.read_end.get(), &byte, 1) < 0 && errno == EINTR) {
    }
    dup2(errors.write_end.get(), STDERR_FILENO);
    execve(program.c_str(), argv.data(), environment);
    _exit(127);
  }
  return {pid, std::move(errors.read_end)};
}

void FinishMapper(const Mapper& mapper, const std::string& program) {
  const std::string errors = ReadAll(mapper.errors.get());
  int status = 0;
  while (waitpid(mapper.pid, &status, 0) < 0) {
    if (errno != EINTR) ThrowErrno("waiting for " + program);
  }
  if (ExitStatus::FromWait(status).Success()) return;
  throw Error(ErrorKind::kUnsupported,
              fmt::format("{} failed: {}", program, PrintableText(Trim(errors))))
      .WithHint(
          "check the ranges in /etc/subuid and /etc/subgid, and that newuidmap and newgidmap are "
          "set-user-ID root or have their file capabilities");
}

void Unshare() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) return;
  const int error_number = errno;
  Error error = ErrnoError("entering a user namespace", error_number);
  if (error_number == EPERM) {
    error = Error(ErrorKind::kUnsupported, "this machine refuses to make a user namespace")
                .WithHint(
                    "inside a container: run it with --security-opt seccomp=unconfined; on Ubuntu, "
                    "allow ibuild in AppArmor or set "
                    "kernel.apparmor_restrict_unprivileged_userns=0");
  } else if (error_number == ENOSPC) {
    error.AddHint("raise the sysctl user.max_user_namespaces");
  }
  throw error;
}

void BecomeRootInside() {
  if (setgroups(0, nullptr) != 0) ThrowErrno("dropping supplementary groups");
  if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) {
    throw ErrnoError("becoming root in the user namespace", errno);
  }
  // The change of ids made /proc/self belong to somebody else.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    Error error = ErrnoError("making mounts private", errno);
    error.AddHint(
        "on Ubuntu, AppArmor may confine user namespaces: see "
        "kernel.apparmor_restrict_unprivileged_userns");
    throw error;
  }
}

}  // namespace

PrivilegeReport DetectPrivilege() {
  if (entered) return *entered;
  PrivilegeReport report;
  if (HasSystemAdmin()) {
    report.privilege = Privilege::kRoot;
    return report;
  }
  if (auto obstacle = FindNamespaceObstacle()) {
    return Obstructed(Privilege::kNone, std::move(*obstacle));
  }
  const IdUser user{UserName(getuid()), getuid()};
  const IdFiles files = ReadIdFiles();
  report.uids = MakeIdMap(getuid(), RangesOf(user, files.user_grants));
  report.gids = MakeIdMap(getgid(), RangesOf(user, files.group_grants));
  auto obstacle = FindIdObstacle(user, report.uids, report.gids, files);
  if (!obstacle) obstacle = FindMapperObstacle();
  if (obstacle) return Obstructed(Privilege::kSingleId, std::move(*obstacle));
  report.privilege = Privilege::kSubordinateIds;
  return report;
}

void EnterUserNamespace() {
  if (entered || HasSystemAdmin()) return;
  const PrivilegeReport report = DetectPrivilege();
  if (report.privilege != Privilege::kSubordinateIds) {
    throw Error(ErrorKind::kUnsupported, "cannot build without root here: " + report.reason)
        .WithHint(report.hint);
  }
  const std::string uid_program = FindMapper("newuidmap").value();
  const std::string gid_program = FindMapper("newgidmap").value();
  Pipe go = MakePipe();
  const Mapper uid_mapper = StartMapper(uid_program, report.uids, go);
  const Mapper gid_mapper = StartMapper(gid_program, report.gids, go);
  Unshare();
  go.write_end.Close();
  FinishMapper(uid_mapper, uid_program);
  FinishMapper(gid_mapper, gid_program);
  BecomeRootInside();
  entered = report;
}

}  // namespace ibuild::builder
