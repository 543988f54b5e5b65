#include "sandbox/process/spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "sandbox/process/init_image.h"
#include "sandbox/process/refusals.h"
#include "support/error.h"
#include "support/fd.h"

namespace ibuild::builder {
namespace {

constexpr std::size_t kStackSize = 64U << 10;
constexpr int kFirstFree = wire::kProgramFd + 1;

struct ChildPlan {
  const std::array<int, kFirstFree>* descriptors;
  int image;
  std::byte* stack;  // its end; made before anything shares our memory, and may not allocate
};

// Runs in the child: system calls only, since other threads of ours may have held any lock.
int ExecuteInit(void* argument) {
  const ChildPlan& plan = *static_cast<const ChildPlan*>(argument);
  for (int target = 0; target < kFirstFree; ++target) {
    const int source = (*plan.descriptors)[static_cast<std::size_t>(target)];
    // Onto itself, dup3 fails; then only the flag is in the way.
    if (source == target) {
      syscall(SYS_fcntl, target, F_SETFD, 0);
    } else {
      syscall(SYS_dup3, source, target, 0);
    }
  }
  const char* const argv[] = {"ibuild-init", nullptr};
  const char* const environment[] = {nullptr};
  syscall(SYS_execveat, plan.image, "", argv, environment, AT_EMPTY_PATH);
  const wire::Event event = {wire::EventKind::kLaunchFailed,
                             static_cast<std::uint32_t>(wire::LaunchStage::kProgram), errno, 0};
  syscall(SYS_write, wire::kControlFd, &event, sizeof event);
  syscall(SYS_exit_group, 127);
  return 127;
}

// No signal handler of ours may run in the child while it shares our memory.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// Shares our memory until it executes, so that nothing has to be copied however large we are.
Spawned CloneSharing(const SpawnRequest& request, std::uint64_t more_flags, ChildPlan* plan) {
  Spawned spawned;
  const int flags =
      static_cast<int>(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | request.namespaces | more_flags) |
      SIGCHLD;
  spawned.pid = clone(ExecuteInit, plan->stack, flags, plan, &spawned.pidfd, nullptr, nullptr);
  return spawned;
}

// clone(2) cannot name a control group.
Spawned CloneIntoCgroup(const SpawnRequest& request, std::uint64_t more_flags, ChildPlan* plan) {
  Spawned spawned;
  clone_args arguments{};
  arguments.flags =
      request.namespaces | more_flags | std::uint64_t{CLONE_PIDFD} | CLONE_INTO_CGROUP;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&spawned.pidfd);
  // A sibling has the signal of whoever makes it.
  arguments.exit_signal = (more_flags & CLONE_PARENT) == 0 ? SIGCHLD : 0;
  arguments.cgroup = static_cast<__u64>(request.cgroup);
  spawned.pid = static_cast<int>(syscall(SYS_clone3, &arguments, sizeof arguments));
  if (spawned.pid == 0) ExecuteInit(plan);
  return spawned;
}

Spawned Clone(const SpawnRequest& request, std::uint64_t more_flags, ChildPlan* plan) {
  return request.cgroup >= 0 ? CloneIntoCgroup(request, more_flags, plan)
                             : CloneSharing(request, more_flags, plan);
}

struct Joiner {
  const SpawnRequest& request;
  ChildPlan* plan;
  Spawned spawned = {};
  int join_error = 0;
  int clone_error = 0;
};

// Runs in a process that shares our memory and descriptors, and what it makes is our own child.
int JoinAndClone(void* argument) {
  Joiner& joiner = *static_cast<Joiner*>(argument);
  for (const OtherNamespace& other : *joiner.request.joined) {
    if (setns(other.fd.get(), static_cast<int>(other.flag)) == 0) continue;
    joiner.join_error = errno;
    syscall(SYS_exit, 0);
  }
  joiner.spawned = Clone(joiner.request, CLONE_PARENT, joiner.plan);
  joiner.clone_error = errno;
  syscall(SYS_exit, 0);
  return 0;
}

// Another process joins, since nobody is let back into a pid namespace that belongs to somebody
// else's user namespace, and what we start later is not to be among the others' processes.
Spawned CloneAmongOthers(const SpawnRequest& request, ChildPlan* plan) {
  std::vector<std::byte> stack(kStackSize);
  Joiner joiner{.request = request, .plan = plan};
  const pid_t child = clone(JoinAndClone, stack.data() + kStackSize,
                            CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &joiner);
  if (child < 0) ThrowErrno("starting the sandbox");
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (joiner.join_error != 0) {
    throw ErrnoError("joining a namespace of another process", joiner.join_error);
  }
  errno = joiner.clone_error;
  return joiner.spawned;
}

[[noreturn]] void RefuseNamespaces(int error_number) {
  if (error_number == EPERM || error_number == ENOSYS || error_number == EINVAL) {
    throw NamespacesRefused(
        Error(ErrorKind::kUnsupported, "this machine refuses to make namespaces for a RUN step")
            .WithHint("inside a container: run it with --security-opt seccomp=unconfined (and, "
                      "where AppArmor is in use, apparmor=unconfined)"));
  }
  if (error_number == ENOSPC) {
    throw Error(ErrorKind::kResourceExhausted, "the limit of namespaces is reached")
        .WithHint("see the sysctl settings user.max_*_namespaces");
  }
  throw ErrnoError("starting the sandbox", error_number);
}

}  // namespace

Spawned SpawnInit(const SpawnRequest& request) {
  // Sources must not be overwritten before they are used, so none lies among the targets.
  SpawnRequest moved = request;
  std::vector<UniqueFd> copies;
  for (std::size_t target = 0; target < moved.descriptors.size(); ++target) {
    int& source = moved.descriptors[target];
    if (source >= kFirstFree || source == static_cast<int>(target)) continue;
    copies.emplace_back(fcntl(source, F_DUPFD_CLOEXEC, kFirstFree));
    source = copies.back().get();
  }
  std::vector<std::byte> stack(kStackSize);
  ChildPlan plan = {&moved.descriptors, InitImage(), stack.data() + stack.size()};
  const BlockedSignals blocked;
  const bool joins = moved.joined != nullptr && !moved.joined->empty();
  const Spawned spawned = joins ? CloneAmongOthers(moved, &plan) : Clone(moved, 0, &plan);
  if (spawned.pid < 0) RefuseNamespaces(errno);
  return spawned;
}

}  // namespace ibuild::builder
