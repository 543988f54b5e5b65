// SandboxSpec: everything about the place where one process runs, as data.
//
// Paths on the host are ours (store, generated files); paths inside are the image's and are only
// ever resolved inside the root. The same spec runs a RUN step and `ibuild run`.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/secret.h"

namespace ibuild::builder {

enum class NetworkMode {
  kDefault,  // outside connections work; the host's loopback is not reachable where possible
  kNone,     // loopback only
  kHost,     // the host's network namespace
};

enum class SecurityMode { kSandbox, kInsecure };

// Zero or nothing: no limit.
struct ResourceLimits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> cpus;          // 1.5 is one and a half cores
  std::uint64_t cpu_period = 100'000;  // microseconds, within which that holds
  std::optional<std::uint64_t> pids;
  // Memory and swap together, beside memory_bytes; nothing: no swap. The largest number: no limit
  // of its own.
  std::optional<std::uint64_t> memory_and_swap;
  std::optional<std::uint64_t> memory_reservation;  // below this it is let alone
  std::optional<std::uint64_t> cpu_shares;          // 2 to 262144; 1024 is everybody's

  bool Any() const { return memory_bytes || cpus || pids || memory_reservation || cpu_shares; }
};

// The root: an overlay of layer directories, lowest first. Without `upper` it is read-only.
struct OverlayRoot {
  std::vector<std::filesystem::path> lowers;
  std::filesystem::path upper;
  std::filesystem::path work;
};

// A host directory or file made visible. `source` is resolved below `source_root`, inside it.
struct BindMount {
  std::filesystem::path source_root;
  std::string source;  // in source_root, may be "" for all of it
  bool read_only = true;
};
// A throw-away writable view of a stack of directories.
struct OverlayMount {
  std::vector<std::filesystem::path> lowers;
  std::string source;  // path inside the merged view
  bool writable = false;
  // An existing directory on disk for what is written; empty: it is kept in memory.
  std::filesystem::path scratch;
};
struct TmpfsMount {
  std::optional<std::uint64_t> size;
  mode_t mode = 01777;
  bool read_only = false;
  bool no_exec = false;
};
// A small file that exists only in memory.
struct MemoryFile {
  Secret content;
  mode_t mode = 0400;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
struct SocketMount {
  std::filesystem::path socket;  // on the host, with the owner that it is to have
};

struct MountEntry {
  std::string target;  // absolute, inside
  std::variant<BindMount, OverlayMount, TmpfsMount, MemoryFile, SocketMount> what;
};

// A device of the machine, shown below /dev.
struct DeviceEntry {
  std::string source;  // on the host: "/dev/fuse"
  std::string name;    // inside, without "/dev/"
};

// In what a container is other than a step of a build.
struct ContainerTraits {
  bool first_process = false;  // the command itself is PID 1, not ours before it
  // Namespaces of whoever starts it instead of its own.
  bool share_pids = false;
  bool share_ipc = false;
  bool share_uts = false;
  bool read_only_root = false;
  bool no_new_privileges = false;
  bool unfiltered = false;                    // without the system call filter
  std::optional<std::uint64_t> capabilities;  // a mask, instead of the default
  std::vector<DeviceEntry> devices;
  std::vector<std::string> extra_groups;  // numbers, or names of the image's groups
  std::string control_group;  // what the name of the group that counts it ends with; empty: any
};

struct SandboxSpec {
  OverlayRoot root;
  std::vector<MountEntry> mounts;  // in the order in which they are mounted
  std::vector<std::string> argv;
  std::vector<std::string> env;  // complete; HOME is added when missing
  std::string working_directory = "/";
  std::string user;  // as in Dockerfile USER: name, uid, name:group, uid:gid; empty: root
  std::string hostname = "buildkitsandbox";
  std::vector<std::string> extra_hosts;  // lines for /etc/hosts: "IP\tname"
  NetworkMode network = NetworkMode::kDefault;
  SecurityMode security = SecurityMode::kSandbox;
  // Also where /proc shows, and gives way to, the processes of others.
  bool shared_proc_allowed = false;
  ResourceLimits limits;
  std::optional<std::uint64_t> shm_size;  // bytes of /dev/shm
  std::vector<std::string> ulimits;       // "nofile=1024:2048"
  // From SIGTERM to the end of everything when the run is cancelled.
  std::chrono::seconds stop_timeout{10};
  ContainerTraits traits;

  // With our system call filter. One without may bring its own, of which only one can have a
  // listener.
  bool IsFiltered() const { return security == SecurityMode::kSandbox && !traits.unfiltered; }
};

}  // namespace ibuild::builder
