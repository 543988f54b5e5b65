// The first process of a sandbox.
//
// It starts in fresh namespaces with a program to run (setup_op.h) and a socket to the executor:
// sets the place up, starts the command, stays as PID 1 to reap what is orphaned and to pass
// signals on, and ends when the command does, at which the kernel kills whatever is left. It is
// started from a sealed memory file: /proc/1/exe leads to a copy of these few kilobytes, never to
// the program on the host.
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/signal.h>

#include "sandbox/init/control.h"
#include "sandbox/init/launch.h"
#include "sandbox/init/setup.h"
#include "sandbox/init/syscalls.h"

namespace ibuild::builder::init {
namespace {

constexpr int kSigKill = 9;
constexpr int kSigChild = 17;
constexpr int kSigContinue = 18;
constexpr int kNoHang = 1;
constexpr int kUntraced = 2;
constexpr int kLastSignal = 64;
constexpr int kSetMask = 2;

[[noreturn]] void Exit(int code) {
  Call(__NR_exit_group, code);
  __builtin_unreachable();
}

[[noreturn]] void Fail(wire::LaunchStage stage, long error) {
  SendEvent({wire::EventKind::kLaunchFailed, static_cast<uint32_t>(stage),
             static_cast<int32_t>(-error), 0});
  Exit(1);
}

// Signals that our parent ignored would stay ignored in the command (SIGPIPE, SIGCHLD).
void ResetSignals() {
  const uint64_t default_action[4] = {};
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    Call(__NR_rt_sigaction, signal, AsLong(default_action), 0, sizeof(uint64_t));
  }
  const uint64_t all = ~uint64_t{0};
  Call(__NR_rt_sigprocmask, kSetMask, AsLong(&all), 0, sizeof all);
}

void CloseFrom(int first) { Call(__NR_close_range, first, ~0U, 0); }

char* MapProgram() {
  struct stat state;
  long result = Call(__NR_fstat, wire::kProgramFd, AsLong(&state));
  if (result < 0) Fail(wire::LaunchStage::kProgram, result);
  result = Call(__NR_mmap, 0, state.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE,
                wire::kProgramFd, 0);
  if (result < 0) Fail(wire::LaunchStage::kProgram, result);
  Call(__NR_close, wire::kProgramFd);
  return reinterpret_cast<char*>(result);
}

void Protect() {
  Call(__NR_prctl, PR_SET_PDEATHSIG, kSigKill, 0, 0, 0);
  Call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  Call(__NR_prctl, PR_SET_NAME, AsLong("ibuild-init"), 0, 0, 0);
  Call(__NR_umask, 0);
}

void ReceiveIdentity(wire::Command* command) {
  const long result = ReceiveCommand(command, nullptr, 0);
  if (result < 0) Fail(wire::LaunchStage::kProgram, result);
}

bool IsStopped(int status) { return (status & 0xff) == 0x7f; }

// Reaps all that ended; when the command is among them, tells its status and ends, unless it
// `stays`. A command that stops itself (Ctrl-Z) has nobody who would wake it, so it goes on.
void Reap(long command, bool stays) {
  for (;;) {
    int status = 0;
    const long pid = Call(__NR_wait4, -1, AsLong(&status), kNoHang | kUntraced, 0);
    if (pid <= 0) return;
    if (IsStopped(status)) Call(__NR_kill, pid == command ? -pid : pid, kSigContinue);
    if (pid != command || IsStopped(status)) continue;
    SendEvent({wire::EventKind::kExited, 0, 0, status});
    if (!stays) Exit(0);
  }
}

// What is sent to the first process of a container is meant for the command.
void PassOwnSignals(long signals, long command) {
  struct {
    uint32_t number;
    char rest[124];
  } caught;  // struct signalfd_siginfo
  while (Call(__NR_read, signals, AsLong(&caught), sizeof caught) == sizeof caught) {
    if (caught.number != kSigChild) Call(__NR_kill, command, caught.number);
  }
}

void ForwardSignal(long command, wire::Command* message) {
  if (ReceiveCommand(message, nullptr, 0) < 0) Exit(1);  // the executor is gone
  if (message->kind != wire::CommandKind::kSignal) return;
  // It may not be the leader of its own group yet.
  const long result = Call(__NR_kill, -command, message->signal);
  if (result == -ESRCH) Call(__NR_kill, command, message->signal);
}

[[noreturn]] void StayAsFirstProcess(long command, bool stays, wire::Command* message) {
  const uint64_t all = ~uint64_t{0};
  const long signals = Call(__NR_signalfd4, -1, AsLong(&all), sizeof all, O_CLOEXEC | O_NONBLOCK);
  if (signals < 0) Fail(wire::LaunchStage::kFork, signals);
  for (;;) {
    Reap(command, stays);
    pollfd waits[] = {{static_cast<int>(signals), POLLIN, 0}, {wire::kControlFd, POLLIN, 0}};
    Call(__NR_ppoll, AsLong(waits), 2, 0, 0, 0);
    if (waits[0].revents != 0) PassOwnSignals(signals, command);
    if (waits[1].revents != 0) ForwardSignal(command, message);
  }
}

}  // namespace

extern "C" [[noreturn]] void InitMain() {
  Protect();
  ResetSignals();
  CloseFrom(wire::kProgramFd + 1);
  Call(__NR_fcntl, wire::kControlFd, F_SETFD, FD_CLOEXEC);
  const ProgramView program(MapProgram());
  if (RunSetup(program) < 0) Exit(1);
  CloseFrom(wire::kControlFd + 1);
  wire::Command message;
  ReceiveIdentity(&message);
  const bool reaps_all = (program.header().launch.flags & wire::kReapsAll) != 0;
  if (reaps_all) Call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const long command = StartCommand(program, &message.identity);
  if (command < 0) Exit(1);
  // The command has its own copies; ours would keep the output pipe open and its data readable.
  // A terminal stays: one that nobody has open for a moment would be at its end.
  for (int fd = 0; fd <= 2; ++fd) {
    if ((program.header().launch.terminal >> fd & 1) == 0) Call(__NR_close, fd);
  }
  StayAsFirstProcess(command, reaps_all, &message);
}

}  // namespace ibuild::builder::init

// The kernel enters here with the stack pointer at argc; nothing on it is of interest.
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n call InitMain\n hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, #0\n mov x30, #0\n bl InitMain\n brk #0\n");
#endif
