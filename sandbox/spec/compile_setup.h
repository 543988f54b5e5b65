// From the description of a sandbox to the operations that make it. Pure: no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/spec/missing_targets.h"
#include "sandbox/spec/setup_op.h"
#include "sandbox/spec/spec.h"

namespace ibuild::builder {

// What the place we run in allows, found out once per process (host_facts.h).
struct HostFacts {
  bool in_user_namespace = false;  // no device nodes, overlay marks in user.* attributes
  bool records_owners = false;     // there is one id only (support/recorded_owner.h)
  bool fresh_proc = true;          // a new procfs and sysfs may be mounted
  bool own_host_name = true;       // the name of the machine may be set in a namespace of our own
  bool cgroup2_view = false;       // steps are in the cgroup2 tree: show them their part of it
  std::vector<std::string> covered_system_paths;  // below /sys, this machine's own
};

// When a network namespace of the step's own is connected with the world.
enum class Attachment {
  kNever,
  kOnDemand,  // when the step makes a socket
  kAtOnce,    // before the command starts
};

// The step's place on the network, decided by network.h.
struct NetworkPlan {
  bool own_namespace = true;  // else the host's
  Attachment attachment = Attachment::kNever;
};

// What init makes of the standard streams that it starts with.
struct StreamPlan {
  bool null_input = true;      // standard input is the sandbox's own /dev/null
  std::uint32_t terminal = 0;  // bits 1 << stream: those are a terminal of the sandbox's own
};

// What the executor knows about the things named in a spec.
struct SetupContext {
  HostFacts facts;
  NetworkPlan network;
  StreamPlan streams;
  // Control groups of the older kind that the step has for itself, by the controllers of each
  // hierarchy ("cpu,cpuacct").
  std::vector<std::string> older_cgroups = {};
  // For each of spec.mounts: whether a directory (and not a file) appears there.
  std::vector<bool> mount_is_directory;
  std::vector<bool> kind_corrected;  // by the executor, after an attempt showed it was wrong
  // Laid over the image; found necessary by a first attempt.
  std::vector<SurfaceEntry> surface;
};

// All places where something is mounted into the image's own tree.
std::vector<MountTarget> MountTargets(const SandboxSpec& spec, const SetupContext& context);

// The operations, in order. Descriptors expected by the kReceive operation: the bytes of
// /etc/hosts, of /etc/resolv.conf, of each MemoryFile in the order of spec.mounts. Throws
// kInvalidInput for what cannot be mounted (a target in /proc).
std::vector<SetupOp> CompileSetup(const SandboxSpec& spec, const SetupContext& context);

// A root that is one plain directory, written in place, whose mount points are there already: it
// has a work directory and no layers.
OverlayRoot TreeRoot(const std::filesystem::path& directory);
bool IsTree(const OverlayRoot& root);
std::filesystem::path TreeOf(const OverlayRoot& root);

// The directory that is covered by the sandbox's scratch space while it is being made.
// Throws kInvalidInput for a root without any directory.
std::string AttachPoint(const OverlayRoot& root);

}  // namespace ibuild::builder
