// tracer: runs a program and stops it before its N-th call that changes something in a directory.
//
//   tracer --watch DIR [--at N] [--then COMMAND] [--durable DIR] [--list FILE] -- PROGRAM ARGS…
//
// Without --at (or when there is no N-th) the program runs to its end and the exit code is its own.
// With --at N it is killed there, children and all, with exit code 99; with --then it stands still
// there while COMMAND (for /bin/sh) runs, and goes on when that has ended or has waited long enough
// to be waiting for it: then both go on, and the exit code is 98 when one of them hangs or COMMAND
// fails. --durable writes what is on the disk for certain at the end (durable.h). --list writes one
// line for each point: its number, the call, the paths.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/crash/durable.h"
#include "tests/crash/points.h"

namespace ibuild::crash {
namespace {

constexpr int kKilled = 99;
constexpr int kHung = 98;
constexpr std::chrono::milliseconds kWaitsForUs{1500};  // longer than any command needs
constexpr std::chrono::seconds kPatience{30};

struct Options {
  std::string watch;  // absolute
  unsigned at = 0;    // 0: never
  std::string then;
  std::string durable;
  std::string list;
  std::vector<char*> command;
};

Options Parse(char** arguments) {
  Options options;
  for (++arguments; *arguments != nullptr; ++arguments) {
    const std::string_view name = *arguments;
    if (name == "--") {
      for (++arguments; *arguments != nullptr; ++arguments) options.command.push_back(*arguments);
      break;
    }
    if (*++arguments == nullptr) break;
    if (name == "--watch") options.watch = *arguments;
    if (name == "--at") options.at = static_cast<unsigned>(std::atoi(*arguments));
    if (name == "--then") options.then = *arguments;
    if (name == "--durable") options.durable = *arguments;
    if (name == "--list") options.list = *arguments;
  }
  options.command.push_back(nullptr);
  return options;
}

class Tracer {
 public:
  explicit Tracer(const Options& options) : options_(options) {
    if (!options_.durable.empty()) {
      durable_.emplace(options_.watch, options_.durable + "/objects");
    }
    if (!options_.list.empty()) list_.open(options_.list);
  }

  int Run() {
    main_ = ::fork();
    if (main_ == 0) Become();
    int status = 0;
    ::waitpid(main_, &status, 0);  // stopped by itself, before the exec
    ::ptrace(PTRACE_SETOPTIONS, main_, 0,
             PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    ::ptrace(PTRACE_CONT, main_, 0, 0);
    const int code = Loop();
    if (durable_) durable_->Save(options_.durable + "/durable.json");
    return code;
  }

 private:
  [[noreturn]] void Become() const {
    ::ptrace(PTRACE_TRACEME, 0, 0, 0);
    ::raise(SIGSTOP);
    InstallFilter();
    ::execvp(options_.command[0], options_.command.data());
    ::_exit(127);
  }

  int Loop() {
    int code = 0;
    for (;;) {
      int status = 0;
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0) return worst_ != 0 ? worst_ : code;
      WIFSTOPPED(status) ? (void)tracees_.insert(thread) : (void)tracees_.erase(thread);
      if (thread == other_) {
        NoteOther(status);
      } else if (!WIFSTOPPED(status)) {
        if (thread == main_)
          code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      } else if (const std::optional<int> end = Stopped(thread, status)) {
        return *end;
      }
    }
  }

  std::optional<int> Stopped(pid_t thread, int status) {
    const int event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP) return AtCall(thread);
    if (flushing_.erase(thread) != 0) {  // behind the call
      Flushed(thread);
      ::ptrace(PTRACE_CONT, thread, 0, 0);
      return std::nullopt;
    }
    // A new thread or process begins with a stop of its own.
    const int signal = event != 0 || WSTOPSIG(status) == SIGSTOP || WSTOPSIG(status) == SIGTRAP
                           ? 0
                           : WSTOPSIG(status);
    ::ptrace(PTRACE_CONT, thread, 0, signal);
    return std::nullopt;
  }

  std::optional<int> AtCall(pid_t thread) {
    const Point point = Describe(thread, ReadCall(thread));
    if (!IsWatched(point)) {
      ::ptrace(PTRACE_CONT, thread, 0, 0);
      return std::nullopt;
    }
    ++points_;
    if (list_.is_open()) List(point);
    if (points_ == options_.at && options_.then.empty()) return KillAll();
    if (points_ == options_.at) RunOther();
    const bool flush = durable_ && point.flush != Flush::kNo;
    if (flush) flushing_.insert(thread), flush_ = point;
    ::ptrace(flush ? PTRACE_SYSCALL : PTRACE_CONT, thread, 0, 0);
    return std::nullopt;
  }

  int KillAll() {
    for (const pid_t tracee : tracees_) ::kill(tracee, SIGKILL);
    while (::waitpid(-1, nullptr, __WALL) > 0) {
    }
    return kKilled;
  }

  bool IsWatched(const Point& point) const {
    return std::any_of(point.paths.begin(), point.paths.end(), [&](const std::string& path) {
      return path == options_.watch || path.starts_with(options_.watch + "/");
    });
  }

  void List(const Point& point) {
    list_ << points_ << ' ' << point.name;
    for (const std::string& path : point.paths) list_ << ' ' << path;
    list_ << std::endl;
  }

  void Flushed(pid_t) {
    if (flush_.flush == Flush::kFileSystem) return durable_->FlushEverything();
    durable_->FlushFile(flush_.paths.front());
  }

  // While everything of ours stands still but threads that are not at a point.
  void RunOther() {
    other_ = ::fork();
    if (other_ == 0) {
      ::execl("/bin/sh", "sh", "-c", options_.then.c_str(), nullptr);
      ::_exit(127);
    }
    const auto end = std::chrono::steady_clock::now() + kWaitsForUs;
    int status = 0;
    while (std::chrono::steady_clock::now() < end) {
      if (::waitpid(other_, &status, WNOHANG) == other_) {
        other_ = 0;
        return NoteOther(status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::alarm(static_cast<unsigned>(kPatience.count()));  // it waits for us; now both go on
  }

  void NoteOther(int status) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) worst_ = kHung;
  }

  const Options& options_;
  std::optional<Durable> durable_;
  std::ofstream list_;
  pid_t main_ = 0;
  pid_t other_ = 0;
  int worst_ = 0;
  unsigned points_ = 0;
  std::set<pid_t> tracees_;
  std::set<pid_t> flushing_;
  Point flush_;
};

}  // namespace
}  // namespace ibuild::crash

int main(int, char** arguments) {
  const ibuild::crash::Options options = ibuild::crash::Parse(arguments);
  if (options.watch.empty() || options.command.size() < 2) {
    std::cerr << "usage: tracer --watch DIR [--at N] [--then COMMAND] -- PROGRAM ARGS…\n";
    return 2;
  }
  return ibuild::crash::Tracer(options).Run();
}
