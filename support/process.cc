#include "support/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "support/byte_stream.h"
#include "support/cleanup.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild {
namespace {

using Clock = std::chrono::steady_clock;

// posix_spawn's two attribute objects as one value: the descriptors 0, 1, 2, … that the program
// gets, signals as a fresh process has them.
class SpawnPlan {
 public:
  SpawnPlan(std::span<const int> descriptors, const std::string& directory) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    const int count = static_cast<int>(descriptors.size());
    for (int target = 0; target < count; ++target) {
      const int source = OutOfTheWay(descriptors[static_cast<std::size_t>(target)], target, count);
      Check(posix_spawn_file_actions_adddup2(&actions_, source, target));
    }
    // Libraries open descriptors that would be inherited.
    Check(posix_spawn_file_actions_addclosefrom_np(&actions_, std::max(count, 3)));
    if (!directory.empty()) {
      Check(posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
    }
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    Check(posix_spawnattr_setsigdefault(&attributes_, &all));
    Check(posix_spawnattr_setsigmask(&attributes_, &none));
    Check(posix_spawnattr_setflags(&attributes_, kFlags));
  }
  // A session of its own, nothing open but /dev/null.
  void Detach() {
    for (int target = 0; target <= 2; ++target) {
      Check(posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", O_RDWR, 0));
    }
    Check(posix_spawnattr_setflags(&attributes_, kFlags | POSIX_SPAWN_SETSID));
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  pid_t Spawn(const std::string& program, const std::vector<std::string>& argv,
              const std::vector<std::string>& environment) const {
    const auto arguments = Pointers(argv);
    const auto variables = Pointers(environment);
    pid_t pid = -1;
    const int error_number = ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_,
                                           arguments.data(), variables.data());
    if (error_number != 0) throw ErrnoError("run " + program, error_number);
    return pid;
  }

 private:
  static constexpr short kFlags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;

  // A source must not be overwritten before it is used, so none lies among the targets.
  int OutOfTheWay(int source, int target, int count) {
    if (source >= count || source == target) return source;
    copies_.emplace_back(::fcntl(source, F_DUPFD_CLOEXEC, count));
    if (!copies_.back()) ThrowErrno("duplicate a descriptor");
    return copies_.back().get();
  }
  static std::vector<char*> Pointers(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    // posix_spawn's prototype predates const; it does not write.
    for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
  }
  static void Check(int error_number) {
    if (error_number != 0) throw ErrnoError("prepare to run a program", error_number);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<UniqueFd> copies_;
};

// A file in memory rather than a pipe: it takes any length at once, and a program that does not
// read its input cannot raise SIGPIPE here.
UniqueFd InputFile(const std::string& input) {
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) ThrowErrno("make a file in memory");
  WriteAll(file.get(), input);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) ThrowErrno("rewind a file in memory");
  return file;
}

// Collects what a child writes until it has ended; never waits for a grandchild that kept the
// pipes.
class OutputCollector {
 public:
  OutputCollector(const ProcessSpec& spec, UniqueFd output, UniqueFd errors)
      : spec_(spec), output_(std::move(output)), errors_(std::move(errors)) {
    for (const int fd : {output_.get(), errors_.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }

  void Run(const ChildProcess& child, ProcessResult& result) {
    const auto deadline = Clock::now() + spec_.timeout;
    for (bool ended = false; !ended;) {
      std::array<pollfd, 3> waiting = {
          {{child.fd(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}};
      Poll(waiting, deadline);
      ended = waiting[0].revents != 0;
      Drain(output_, result.output);
      Drain(errors_, result.errors);
    }
  }

 private:
  void Poll(std::span<pollfd> waiting, Clock::time_point deadline) const {
    int milliseconds = -1;
    if (spec_.timeout.count() > 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) {
        throw Error(ErrorKind::kUnavailable, fmt::format("{} did not finish within {} s",
                                                         spec_.argv[0], spec_.timeout.count()));
      }
      milliseconds = static_cast<int>(left.count());
    }
    if (::poll(waiting.data(), waiting.size(), milliseconds) < 0 && errno != EINTR) {
      ThrowErrno("wait for output");
    }
  }

  // Everything that is there now; closes the pipe at its end.
  void Drain(UniqueFd& pipe, std::string& text) const {
    std::array<char, 16u << 10> buffer;
    while (pipe) {
      const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
      if (count > 0) {
        Append(text, std::string_view(buffer.data(), static_cast<std::size_t>(count)));
      } else if (count == 0) {
        pipe.Reset();
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        ThrowErrno("read the output of " + spec_.argv[0]);
      }
    }
  }

  void Append(std::string& text, std::string_view more) const {
    if (more.size() > spec_.output_limit - text.size()) {
      throw Error(ErrorKind::kResourceExhausted,
                  fmt::format("{} wrote more than {} bytes", spec_.argv[0], spec_.output_limit));
    }
    text += more;
  }

  const ProcessSpec& spec_;
  UniqueFd output_;
  UniqueFd errors_;
};

std::string ResolveProgram(const std::string& name) {
  const auto found = FindProgram(name);
  if (!found) {
    throw Error(ErrorKind::kNotFound, fmt::format("program {} not found", Quote(name)))
        .WithHint("install it, or add its directory to PATH");
  }
  return *found;
}

}  // namespace

ChildProcess ChildProcess::Start(const Spec& spec) {
  const SpawnPlan plan(spec.descriptors, spec.directory);
  return ChildProcess(plan.Spawn(spec.argv.at(0), spec.argv, spec.environment));
}

ChildProcess::ChildProcess(int pid)
    : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
  if (fd_) return;
  const int error_number = errno;
  Kill();
  throw ErrnoError("open a pidfd", error_number);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) Kill();
}

ExitStatus ChildProcess::Wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) ThrowErrno("wait for a program");
  }
  pid_ = -1;
  return ExitStatus::FromWait(status);
}

void ChildProcess::Kill() {
  ::kill(pid_, SIGKILL);  // not reaped yet, so the number is still this child's
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ExitStatus ExitStatus::FromWait(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {0, WTERMSIG(wait_status)};
  return {WEXITSTATUS(wait_status), 0};
}

void StartDetached(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment) {
  SpawnPlan plan({}, {});
  plan.Detach();
  plan.Spawn(argv.at(0), argv, environment);
}

ProcessResult RunProcess(const ProcessSpec& spec) {
  if (spec.argv.empty()) throw Error(ErrorKind::kInternal, "no program to run");
  const std::string program = ResolveProgram(spec.argv[0]);
  const UniqueFd input = InputFile(spec.input);
  Pipe output = MakePipe();
  Pipe errors = MakePipe();
  std::vector<std::string> argv = spec.argv;
  argv[0] = program;
  std::vector<int> descriptors = {input.get(), output.write_end.get(), errors.write_end.get()};
  UniqueFd attachment;
  if (!spec.attachment.empty()) {
    attachment = InputFile(spec.attachment);
    descriptors.push_back(attachment.get());
  }
  ChildProcess child = ChildProcess::Start({.argv = std::move(argv),
                                            .environment = spec.environment,
                                            .descriptors = std::move(descriptors),
                                            .directory = spec.directory});
  const Cleanup end(
      [fd = child.fd()] { ::syscall(SYS_pidfd_send_signal, fd, SIGTERM, nullptr, 0); });
  output.write_end.Reset();
  errors.write_end.Reset();
  ProcessResult result;
  OutputCollector(spec, std::move(output.read_end), std::move(errors.read_end)).Run(child, result);
  result.status = child.Wait();
  return result;
}

std::optional<std::string> FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const std::string path = GetEnvironment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (const std::string_view directory : Split(path, ':')) {
    // An empty or relative entry would run what lies in the current directory: never wanted here.
    if (!directory.starts_with('/')) continue;
    std::string candidate = fmt::format("{}/{}", directory, name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace ibuild
