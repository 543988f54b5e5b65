// Options that `build` and `run` share: what a process in the sandbox may use.
#pragma once

#include <chrono>

#include "cli/options.h"
#include "sandbox/spec/spec.h"

namespace ibuild::cli {

// --memory, --cpus, --pids-limit
void DeclareLimits(OptionSet& options, builder::ResourceLimits& limits);

struct HostOptions {
  std::vector<std::string> extra_hosts;  // "IP\tname", lines for /etc/hosts
  std::optional<std::uint64_t> shm_size;
  std::vector<std::string> ulimits;
};
// --add-host, --shm-size, --ulimit
void DeclareHostOptions(OptionSet& options, HostOptions& target);

// Whole seconds. Throws kUsage.
std::chrono::seconds ParseStopTimeout(const std::string& text);

// default, none, host. Throws kUsage.
builder::NetworkMode ParseNetwork(const std::string& text);

}  // namespace ibuild::cli
