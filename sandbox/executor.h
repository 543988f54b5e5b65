// The port that runs a SandboxSpec.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

#include "sandbox/spec/spec.h"
#include "support/process.h"

namespace ibuild::builder {

// Where the process's standard streams go.
struct ProcessIo {
  // Called from one thread with what was written, in order of arrival, both streams merged.
  std::function<void(std::string_view)> output;
  // Instead of `output`: the process's streams are ours (ibuild run); for those of ours that are a
  // terminal it has one of its own, which shows on it.
  bool inherit = false;
  // With `inherit`: a terminal is read even though standard output is none.
  bool interactive = false;
  // With `inherit`: without a terminal of its own, even where ours is one (ibuild exec without -t).
  bool plain = false;
  // With `inherit`: SIGTERM and SIGHUP are for the process, too; else they stay whoever's they are.
  bool passes_ends = true;
};

struct ResourceUsage {
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds cpu_user{0};
  std::chrono::nanoseconds cpu_system{0};
  std::uint64_t peak_memory = 0;  // bytes; 0: not known
  std::uint64_t oom_kills = 0;    // processes killed because `limits.memory_bytes` was reached
};

struct ExecutionResult {
  ExitStatus status;
  ResourceUsage usage;
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Runs to the end. A command that fails is a result; a sandbox that cannot be set up, a program
  // that cannot be started or a limit that cannot be enforced here is an Error with a hint. When
  // `stop` is requested the command gets SIGTERM; when it has ended or its time is up, everything
  // in the sandbox is killed and kCancelled thrown.
  virtual ExecutionResult Run(const SandboxSpec& spec, const ProcessIo& io,
                              std::stop_token stop) = 0;
};

}  // namespace ibuild::builder
