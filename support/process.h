// Running other programs (credential helpers, newuidmap, git): the only spawner besides the
// sandbox.
//
// A program is given by absolute path or looked up in the PATH of *our* environment, never through
// a shell, and gets exactly the environment named in its spec. Children are waited for by pidfd and
// killed when their owner goes away.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/fd.h"

namespace ibuild {

// How a process ended; also what a RUN step or `ibuild run` reports.
struct ExitStatus {
  int code = 0;    // exit code, valid when signal is 0
  int signal = 0;  // the signal that killed it, 0: it exited

  bool Success() const { return code == 0 && signal == 0; }
  int ShellCode() const { return signal != 0 ? 128 + signal : code; }
  static ExitStatus FromWait(int wait_status);
};

struct ProcessSpec {
  std::vector<std::string> argv;              // argv[0] is looked up in PATH unless it has a slash
  std::vector<std::string> environment = {};  // "NAME=value", complete
  std::string input = {};                     // written to standard input, then closed
  // Not empty: the bytes of a file in memory that it has as descriptor 3, for what is to be in no
  // argument and no environment. Programs that it starts have it, too.
  std::string attachment = {};
  std::string directory = {};           // working directory; empty: ours
  std::size_t output_limit = 1u << 20;  // more output is an error
  std::chrono::seconds timeout{0};      // 0: none; then killed and kUnavailable thrown
};

struct ProcessResult {
  ExitStatus status;
  std::string output;  // standard output
  std::string errors;  // standard error
};

// A program that runs beside us. Destroying the object kills and reaps it.
class ChildProcess {
 public:
  struct Spec {
    std::vector<std::string> argv;              // argv[0] is an absolute path
    std::vector<std::string> environment = {};  // "NAME=value", complete
    std::vector<int> descriptors = {};          // what it has as 0, 1, 2, …; it gets no others
    std::string directory = {};                 // working directory; empty: ours
  };

  static ChildProcess Start(const Spec& spec);
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), fd_(std::move(other.fd_)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  int fd() const { return fd_.get(); }  // a pidfd: readable when it has ended
  ExitStatus Wait();

 private:
  explicit ChildProcess(int pid);
  void Kill();

  int pid_;
  UniqueFd fd_;
};

// Starts a program that outlives us: in a session of its own, with nothing of ours open and nothing
// to read or to say, so that nobody who waits for us or reads our output waits for it. Nobody hears
// how it ends. argv[0] is an absolute path.
void StartDetached(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment);

// Runs to the end. Throws kNotFound when the program does not exist.
ProcessResult RunProcess(const ProcessSpec& spec);

// The absolute path of a program in PATH, nothing when it is not there.
std::optional<std::string> FindProgram(const std::string& name);

}  // namespace ibuild
