// The parts of CompileSetup, each a stretch of operations about one thing.
#pragma once

#include <linux/mount.h>
#include <linux/openat2.h>

#include <map>
#include <string>
#include <vector>

#include "sandbox/spec/compile_setup.h"
#include "sandbox/spec/setup_list.h"

namespace ibuild::builder {

// How a path in the image is looked up: following its links inside the root, or refusing links.
inline constexpr std::uint64_t kInsideRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
inline constexpr std::uint64_t kNoLinks = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

inline constexpr std::uint64_t kInert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// Slots that later parts refer to.
struct SetupSlots {
  int received = -1;  // the first descriptor from the executor
  int scratch = -1;   // our own tmpfs, invisible to the command
  int root = -1;      // the merged root file system
  // What each of spec.mounts needs of the host, in the order in which it uses it. Opened before
  // anything is covered by the scratch space.
  std::vector<std::vector<int>> sources = {};
};

// Mount points that the image may lack, by path without the leading slash; true: a directory.
using StubTree = std::map<std::string, bool>;
StubTree PlanStubs(const SandboxSpec& spec, const SetupContext& context);

// Paths are absolute and clean; the directory that is ours or the kernel's rather than the image's.
bool IsBelow(const std::string& path, const std::string& directory);

void CompileRoot(const SandboxSpec& spec, const SetupContext& context, SetupSlots* slots,
                 SetupList* list);
void CompileDevices(const SandboxSpec& spec, const SetupContext& context, const SetupSlots& slots,
                    SetupList* list);
void CompileKernelFiles(const SandboxSpec& spec, const SetupContext& context,
                        const SetupSlots& slots, SetupList* list);
// /etc/hosts, /etc/resolv.conf and spec.mounts; and the opening of what they come from.
void CompileSources(const SandboxSpec& spec, SetupSlots* slots, SetupList* list);
void CompileMounts(const SandboxSpec& spec, const SetupContext& context, const SetupSlots& slots,
                   SetupList* list);

}  // namespace ibuild::builder
