#include "sandbox/init/launch.h"

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/stat.h>

#include "sandbox/init/control.h"
#include "sandbox/init/syscalls.h"

namespace ibuild::builder::init {
namespace {

using wire::LaunchStage;

constexpr size_t kMaxPath = 4096;
constexpr long kSigChild = 17;
constexpr long kSigKill = 9;

struct Step {
  LaunchStage stage;
  long result;
};

size_t Length(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

bool IsTerminal(const wire::Launch& launch, int stream) {
  return (launch.terminal >> stream & 1) != 0;
}

// A session of its own, whose terminal is the sandbox's own or none.
long EnterSession(const wire::Launch& launch) {
  const long result = Call(__NR_setsid);
  for (int stream = 0; stream <= 2; ++stream) {
    if (IsTerminal(launch, stream)) return Call(__NR_ioctl, stream, TIOCSCTTY, 0);
  }
  return result;
}

// Output and terminal become the command's, so that it can open /dev/stdout under its own user; a
// convenience, so a refusal is none. They were made for it; what else it has as standard input is
// the user's.
void OwnStreams(const wire::Launch& launch, const wire::Identity& identity) {
  for (int stream = 0; stream <= 2; ++stream) {
    if (IsTerminal(launch, stream)) {
      Call(__NR_fchown, stream, identity.uid, -1);
    } else if (stream != 0) {
      Call(__NR_fchown, stream, identity.uid, identity.gid);
    }
  }
}

long SetLimits(const wire::Launch& launch) {
  for (uint32_t i = 0; i < launch.rlimit_count; ++i) {
    const wire::Rlimit& limit = launch.rlimits[i];
    const long result =
        Call(__NR_prlimit64, 0, limit.resource, AsLong(&limit.soft), 0);  // soft and hard
    if (result < 0) return result;
  }
  return 0;
}

// mkdir -p, for a working directory that the image names but does not have.
void MakeDirectories(char* path) {
  for (char* p = path + 1; *p != '\0'; ++p) {
    if (*p != '/') continue;
    *p = '\0';
    Call(__NR_mkdirat, AT_FDCWD, AsLong(path), 0755);
    *p = '/';
  }
  Call(__NR_mkdirat, AT_FDCWD, AsLong(path), 0755);
}

Step EnterDirectory(char* path) {
  long result = Call(__NR_chdir, AsLong(path));
  if (result == -ENOENT) {
    MakeDirectories(path);
    result = Call(__NR_chdir, AsLong(path));
  }
  if (result < 0) return {LaunchStage::kDirectory, result};
  // A directory outside the root (through a leaked descriptor in /proc) has no path below "/".
  char current[kMaxPath];
  result = Call(__NR_getcwd, AsLong(current), sizeof current);
  if (result < 0) return {LaunchStage::kDirectory, result};
  if (current[0] != '/') return {LaunchStage::kDirectoryOutside, -EXDEV};
  return {LaunchStage::kDirectory, 0};
}

// What landlock(7) is told: as much of it as the kernel knows is read.
struct DomainRules {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

// A domain that only scopes abstract sockets (Linux 6.12).
long MakeScopedRules() {
  constexpr uint64_t kAbstractSockets = 1;  // LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
  const DomainRules rules = {0, 0, kAbstractSockets};
  return Call(__NR_landlock_create_ruleset, AsLong(&rules), sizeof rules, 0);
}

// A domain that is one for its own sake (Linux 5.19): all that it rules is allowed everywhere.
long MakePlainRules() {
  constexpr uint64_t kRefer = uint64_t{1} << 13;  // LANDLOCK_ACCESS_FS_REFER
  constexpr long kPathBeneath = 1;                // LANDLOCK_RULE_PATH_BENEATH
  const uint64_t handled = kRefer;
  const long rules = Call(__NR_landlock_create_ruleset, AsLong(&handled), sizeof handled, 0);
  if (rules < 0) return rules;
  const long root = Call(__NR_openat, AT_FDCWD, AsLong("/"), O_PATH | O_CLOEXEC, 0);
  struct __attribute__((packed)) {
    uint64_t allowed;
    int32_t parent;
  } rule = {kRefer, static_cast<int32_t>(root)};
  const long result =
      root < 0 ? root : Call(__NR_landlock_add_rule, rules, kPathBeneath, AsLong(&rule), 0);
  Call(__NR_close, root);
  if (result >= 0) return rules;
  Call(__NR_close, rules);
  return result;
}

// Abstract sockets belong to the network namespace: on the host's, a step could talk to whatever
// listens there for the user's programs (CVE-2020-15257). And whoever is in a domain may not trace
// those outside, which is what it takes to go through /proc/PID to their memory, files and roots.
long EnterDomain(const wire::Launch& launch) {
  if ((launch.flags & (wire::kScoped | wire::kIsolated)) == 0) return 0;
  const bool must = (launch.flags & wire::kIsolated) != 0;
  long rules = MakeScopedRules();
  if (rules < 0 && must) rules = MakePlainRules();
  if (rules < 0) return must ? rules : 0;  // older kernels are left as they are
  const long result = Call(__NR_landlock_restrict_self, rules, 0);
  Call(__NR_close, rules);
  return result;
}

long LoadFilter(sock_filter* instructions, uint32_t length, long flags) {
  sock_fprog filter{};
  filter.len = static_cast<unsigned short>(length);
  filter.filter = instructions;
  return Call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, AsLong(&filter));
}

long LoadGuard(const ProgramView& program, const wire::Launch& launch) {
  if (launch.guard_length == 0) return 0;
  // An answered call must not be interrupted and begun again: what it did was done (Linux 5.19).
  constexpr long kWaitKillable = 1L << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
  sock_filter* guard = program.At<sock_filter>(launch.guard);
  long listener =
      LoadFilter(guard, launch.guard_length, SECCOMP_FILTER_FLAG_NEW_LISTENER | kWaitKillable);
  if (listener == -EINVAL) {
    listener = LoadFilter(guard, launch.guard_length, SECCOMP_FILTER_FLAG_NEW_LISTENER);
  }
  if (listener < 0) return listener;
  const long result = SendEvent({wire::EventKind::kListener, 0, 0, 0}, static_cast<int>(listener));
  Call(__NR_close, listener);
  return result;
}

bool WantsFilter(const wire::Launch& launch, const wire::Identity& identity) {
  if (launch.filter_length == 0) return false;
  if ((launch.flags & wire::kUnprivileged) == 0 || identity.uid == 0) return true;
  return Call(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) == 0;
}

void DropBoundingSet(uint64_t keep) {
  for (uint32_t capability = 0; capability < 64; ++capability) {
    if ((keep >> capability & 1) != 0) continue;
    if (Call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == -EINVAL) return;
  }
}

// Keeps what is in `keep` and held now; nothing is inheritable or ambient.
long SetCapabilities(uint64_t keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  long result = Call(__NR_capget, AsLong(&header), AsLong(data));
  if (result < 0) return result;
  for (uint32_t half = 0; half < 2; ++half) {
    data[half].permitted &= static_cast<uint32_t>(keep >> (32 * half));
    data[half].effective = data[half].permitted;
    data[half].inheritable = 0;
  }
  return Call(__NR_capset, AsLong(&header), AsLong(data));
}

long BecomeUser(const wire::Identity& identity) {
  long result = Call(__NR_setgroups, identity.group_count, AsLong(identity.groups));
  if (result >= 0) result = Call(__NR_setresgid, identity.gid, identity.gid, identity.gid);
  if (result >= 0) result = Call(__NR_setresuid, identity.uid, identity.uid, identity.uid);
  return result;
}

// What BecomeUser() needs, which the command may be without.
constexpr uint64_t kIdentityCapabilities = uint64_t{1} << CAP_SETUID | uint64_t{1} << CAP_SETGID;

// To what the command may do as the sandbox's root. The bounding set and the filter need privileges
// that the next steps give up; the filter permits all that follows it here.
Step GiveUpPrivileges(const ProgramView& program, const wire::Launch& launch,
                      const wire::Identity& identity) {
  long result = EnterDomain(launch);
  if (result < 0) return {LaunchStage::kDomain, result};
  DropBoundingSet(launch.capabilities);
  const bool wants_filter = WantsFilter(launch, identity);
  if (wants_filter && (launch.flags & wire::kUnprivileged) != 0) {
    Call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  }
  if (wants_filter || (launch.flags & wire::kUnprivileged) == 0) {
    result = LoadGuard(program, launch);
  }
  if (result < 0) return {LaunchStage::kGuard, result};
  if (wants_filter) {
    result = LoadFilter(program.At<sock_filter>(launch.filter), launch.filter_length, 0);
  }
  if (result < 0) return {LaunchStage::kFilter, result};
  return {LaunchStage::kCapabilities, SetCapabilities(launch.capabilities | kIdentityCapabilities)};
}

bool KeepsSearching(long error) {
  return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ENAMETOOLONG;
}

bool HasSlash(const char* text) {
  for (; *text != '\0'; ++text) {
    if (*text == '/') return true;
  }
  return false;
}

// `directory` of `length` bytes, a slash and `name` in `buffer`; false when it is too long.
bool JoinPath(char* buffer, const char* directory, size_t length, const char* name) {
  const size_t name_length = Length(name);
  if (length + name_length + 3 > kMaxPath) return false;
  size_t at = 0;
  if (length == 0) buffer[at++] = '.';
  for (size_t i = 0; i < length; ++i) buffer[at++] = directory[i];
  buffer[at++] = '/';
  for (size_t i = 0; i <= name_length; ++i) buffer[at++] = name[i];
  return true;
}

// execvp(3), without its shell fallback. Returns only on failure.
Step Execute(const char* path_list, char** argv, char** env) {
  const char* name = argv[0];
  if (HasSlash(name)) {
    return {LaunchStage::kExec, Call(__NR_execve, AsLong(name), AsLong(argv), AsLong(env))};
  }
  char buffer[kMaxPath];
  long denied = 0;
  for (const char* entry = path_list; *name != '\0'; ++entry) {
    const char* start = entry;
    while (*entry != '\0' && *entry != ':') ++entry;
    if (JoinPath(buffer, start, static_cast<size_t>(entry - start), name)) {
      const long result = Call(__NR_execve, AsLong(buffer), AsLong(argv), AsLong(env));
      if (!KeepsSearching(result)) return {LaunchStage::kExec, result};
      if (result == -EACCES) denied = result;
    }
    if (*entry == '\0') break;
  }
  return {LaunchStage::kNotInPath, denied != 0 ? denied : -ENOENT};
}

// Turns an array of offsets into one of pointers, in place, ended by `last` (when set) and null.
char** Pointers(const ProgramView& program, uint32_t array, uint32_t count, char* last) {
  uint64_t* values = program.At<uint64_t>(array);
  char** pointers = reinterpret_cast<char**>(values);
  for (uint32_t i = 0; i < count; ++i) {
    pointers[i] = program.Text(static_cast<wire::TextOffset>(values[i]));
  }
  if (last != nullptr) pointers[count++] = last;
  pointers[count] = nullptr;
  return pointers;
}

void UnblockSignals() {
  uint64_t none = 0;
  Call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, AsLong(&none), 0, sizeof none);
}

Step Prepare(const ProgramView& program, const wire::Launch& launch,
             const wire::Identity& identity) {
  long result = EnterSession(launch);
  if (result < 0) return {LaunchStage::kSession, result};
  OwnStreams(launch, identity);
  Call(__NR_umask, 022);
  Call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);  // where there are keyrings, not the user's
  result = SetLimits(launch);
  if (result < 0) return {LaunchStage::kLimits, result};
  Step step = GiveUpPrivileges(program, launch, identity);
  // From here on the image has a say in what is opened.
  if (step.result >= 0) step = EnterDirectory(program.Text(launch.directory));
  if (step.result >= 0) step = {LaunchStage::kUser, BecomeUser(identity)};
  if (step.result >= 0) {
    step = {LaunchStage::kCapabilities, SetCapabilities(launch.capabilities)};
  }
  // Becoming another user has cleared what Protect() set for the first process.
  if ((launch.flags & wire::kFirstProcess) != 0) {
    Call(__NR_prctl, PR_SET_PDEATHSIG, kSigKill, 0, 0, 0);
  }
  if ((launch.flags & wire::kNoNewPrivileges) != 0) {
    Call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  }
  return step;
}

[[noreturn]] void RunCommand(const ProgramView& program, wire::Identity* identity) {
  const wire::Launch& launch = program.header().launch;
  Step step = Prepare(program, launch, *identity);
  if (step.result >= 0) {
    char** argv = Pointers(program, launch.argv, launch.argv_count, nullptr);
    char* home = identity->home[0] != '\0' ? identity->home : nullptr;
    char** env = Pointers(program, launch.env, launch.env_count, home);
    UnblockSignals();
    step = Execute(program.Text(launch.path_list), argv, env);
  }
  SendEvent({wire::EventKind::kLaunchFailed, static_cast<uint32_t>(step.stage),
             static_cast<int32_t>(-step.result), 0});
  Call(__NR_exit_group, 127);
  __builtin_unreachable();
}

}  // namespace

long StartCommand(const ProgramView& program, wire::Identity* identity) {
  if ((program.header().launch.flags & wire::kFirstProcess) != 0) RunCommand(program, identity);
  const long pid = Call(__NR_clone, kSigChild, 0, 0, 0, 0);
  if (pid == 0) RunCommand(program, identity);
  if (pid < 0) {
    SendEvent({wire::EventKind::kLaunchFailed, static_cast<uint32_t>(LaunchStage::kFork),
               static_cast<int32_t>(-pid), 0});
  }
  return pid;
}

}  // namespace ibuild::builder::init
