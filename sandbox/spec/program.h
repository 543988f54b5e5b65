// What init is told before it starts: the setup and the command, as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/init/wire.h"
#include "sandbox/spec/setup_op.h"
#include "sandbox/spec/spec.h"
#include "support/fd.h"

namespace ibuild::builder {

// The command as init needs it: complete but for its identity, which is looked up in the image.
struct LaunchPlan {
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string directory;
  std::uint64_t capabilities = 0;
  bool filtered = true;     // with the system call filter
  bool guarded = false;     // with the filter of socket_guard.h
  bool emulated = false;    // with that of ownership/guard.h
  bool recorded = false;    // with that of ownership/guard.h for devices
  bool proc_asked = false;  // with that of procview/guard.h
  std::uint32_t flags = 0;  // wire::LaunchFlag
  std::uint32_t terminal = 0;
  std::vector<wire::Rlimit> rlimits;
};

// Throws kInvalidInput for an empty argv and for a malformed or unknown ulimit.
LaunchPlan PlanLaunch(const SandboxSpec& spec);

// The bytes of a wire::Program with everything that it refers to.
std::string EncodeProgram(const std::vector<SetupOp>& ops, const LaunchPlan& launch);

// A sealed file in memory with these bytes.
UniqueFd MakeMemoryFile(const char* name, std::string_view content);

}  // namespace ibuild::builder
