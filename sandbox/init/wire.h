// What the executor tells the init of a sandbox, and what it hears back.
//
// Both sides are built together, so these are plain structs in native order, not a protocol. They
// travel in two ways: the Program as a sealed memory file that init maps, everything else as
// messages on a SOCK_SEQPACKET socket. Shared with a freestanding program: fixed-size types only.
#pragma once

#include <stdint.h>

namespace ibuild::builder::wire {

// The descriptors that init starts with, besides 0, 1 and 2.
constexpr int kControlFd = 3;
constexpr int kProgramFd = 4;
// Setup operations name descriptors from here on; all are closed before the command runs.
constexpr int kFirstSlot = 10;

// Texts are NUL-terminated and named by their offset from the start of the program; 0: none.
using TextOffset = uint32_t;

// One setup operation. What the fields mean depends on the kind: see setup_op.h, which is where
// operations are made.
struct Op {
  uint32_t kind;
  int32_t slot;
  int32_t at;
  uint32_t mode;
  uint64_t flags;
  TextOffset path;
  TextOffset data;
};

// The errno of a kMakeTarget operation that would have to write to the image.
constexpr int32_t kMissingTarget = 116;  // ESTALE

struct Rlimit {
  uint32_t resource;
  uint32_t unused;
  uint64_t soft;
  uint64_t hard;
};
constexpr uint32_t kMaxRlimits = 16;

// A seccomp filter instruction (struct sock_filter).
struct FilterInstruction {
  uint16_t code;
  uint8_t jump_true;
  uint8_t jump_false;
  uint32_t k;
};

enum LaunchFlag : uint32_t {
  kScoped = 1u << 0,    // no abstract socket of a process outside may be reached, if possible
  kIsolated = 1u << 1,  // no process outside may be traced
  kReapsAll = 1u << 2,  // no pid namespace: stay when the command ended, until killed
  // The filter takes no_new_privs, which takes set-user-ID programs away: root needs none, and an
  // ordinary user goes without the filter if another one is in force.
  kUnprivileged = 1u << 3,
  kFirstProcess = 1u << 4,     // the command takes our place as PID 1
  kNoNewPrivileges = 1u << 5,  // prctl(2), PR_SET_NO_NEW_PRIVS
};

// The command and what it may do. `argv` and `env` are offsets of arrays of `count` text offsets,
// widened to 64 bits so that init can turn them into pointers in place; each has room for two more.
struct Launch {
  uint32_t argv;
  uint32_t argv_count;
  uint32_t env;
  uint32_t env_count;
  TextOffset path_list;  // value of PATH
  TextOffset directory;
  uint32_t flags;
  uint32_t filter_length;  // 0: no seccomp filter
  uint32_t filter;         // offset of FilterInstruction[filter_length]
  uint32_t guard_length;   // of a filter whose notifications the executor answers; 0: none
  uint32_t guard;
  uint32_t terminal;  // bits 1 << stream: those that are a terminal of the sandbox's own
  uint32_t rlimit_count;
  uint64_t capabilities;
  Rlimit rlimits[kMaxRlimits];
};

struct Program {
  uint32_t op_count;
  uint32_t ops;  // offset of Op[op_count]
  Launch launch;
};

// Executor -> init.
enum class CommandKind : uint32_t {
  kDescriptors,  // carries descriptors by SCM_RIGHTS, for ReceiveOp
  kIdentity,     // an Identity follows
  kSignal,       // pass this signal on
};

constexpr uint32_t kMaxGroups = 256;
constexpr uint32_t kMaxHome = 1024;

struct Identity {
  uint32_t uid;
  uint32_t gid;
  uint32_t group_count;
  uint32_t groups[kMaxGroups];
  char home[kMaxHome + 6];  // "HOME=…"; empty: leave the environment alone
};

struct Command {
  CommandKind kind;
  int32_t signal;
  Identity identity;
};

// Init -> executor.
enum class EventKind : uint32_t {
  kNetwork,       // carries a descriptor of the network namespace
  kTerminal,      // carries the other end of the command's terminal
  kRoot,          // carries a descriptor of the root file system
  kListener,      // carries the descriptor that notifications of the guard come from
  kSetupFailed,   // operation `index` failed with `error`
  kLaunchFailed,  // launch stage `index` failed with `error`
  kExited,        // the command ended; `status` is as of wait(2)
};

// What is done between the end of the setup and execve(2), for messages.
enum class LaunchStage : uint32_t {
  kProgram,  // reading the program or a message
  kFork,
  kSession,
  kLimits,
  kDirectory,
  kDirectoryOutside,
  kDomain,
  kGuard,
  kFilter,
  kCapabilities,
  kUser,
  kNotInPath,
  kExec,
};

struct Event {
  EventKind kind;
  uint32_t index;
  int32_t error;
  int32_t status;
};

}  // namespace ibuild::builder::wire
