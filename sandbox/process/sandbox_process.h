// SandboxProcess: the executor's hold on the first process of a sandbox.
//
// Started with clone(2) in fresh namespaces, it executes init/ at once and shares nothing with us
// but the descriptors it was given. Destroying the object kills it, and with it, its pid namespace:
// everything in the sandbox. It also dies when the thread that started it does.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/init/wire.h"
#include "sandbox/process/other_namespace.h"
#include "support/fd.h"
#include "support/process.h"

namespace ibuild::builder {

struct StartOptions {
  std::uint64_t namespaces = 0;  // CLONE_NEW*
  const std::vector<OtherNamespace>* joined = nullptr;
  std::string program;           // EncodeProgram()
  std::array<int, 3> streams{};  // what it has as standard input, output and errors
  int cgroup = -1;               // start in this cgroup2 directory
  bool leaves_orphans = false;   // no pid namespace: what is below the first process is ours to end
};

struct ProcessEnd {
  ExitStatus status;
  std::chrono::nanoseconds cpu_user{0};
  std::chrono::nanoseconds cpu_system{0};
  std::uint64_t largest_process = 0;  // bytes
};

class SandboxProcess {
 public:
  // Throws kUnsupported with a hint where namespaces are not to be had.
  static SandboxProcess Start(const StartOptions& options);
  SandboxProcess(SandboxProcess&& other) noexcept = default;
  SandboxProcess& operator=(SandboxProcess&&) = delete;
  ~SandboxProcess();

  int pidfd() const { return pidfd_.get(); }
  int control() const { return control_.get(); }
  int pid() const { return pid_; }
  bool leaves_orphans() const { return leaves_orphans_; }

  void SendDescriptors(const std::vector<UniqueFd>& descriptors);
  void SendIdentity(const wire::Identity& identity);
  void SendSignal(int signal);
  void Kill() const noexcept;  // from any thread

  struct Message {
    wire::Event event;
    UniqueFd descriptor;  // of the events that carry one
  };
  // Does not wait; nothing: no message now, or none will come.
  std::optional<Message> Receive();

  // Waits for the end of the first process; by then the namespace is empty.
  ProcessEnd Wait();

 private:
  SandboxProcess() = default;
  void Send(const wire::Command& command, const std::vector<UniqueFd>* descriptors);

  UniqueFd pidfd_;
  UniqueFd control_;
  int pid_ = -1;
  bool leaves_orphans_ = false;
  bool reaped_ = false;
};

}  // namespace ibuild::builder
