// A process of the step that waits in a stopped call, and the thread's place beside it.
//
// What the caller's memory holds may change while we look: it is read once, and what we do with it
// we could be asked to do with anything else, for the thread has no more rights than the caller.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/ownership/credentials.h"
#include "support/fd.h"

namespace ibuild::builder {

// Where the thread stands; made once per step, by the thread itself.
class Standpoint {
 public:
  // Moves the calling thread into the mounts and the root of the step, whose first process is
  // `init`, and gives up what rights the step does not have. Throws ErrnoError.
  explicit Standpoint(pid_t init);
  // Where ibuild itself stands.
  static Standpoint Outside() { return Standpoint(); }

  int proc() const { return proc_.get(); }  // our own /proc, by which processes are found
  int root() const { return root_.get(); }

 private:
  Standpoint();

  UniqueFd proc_;
  UniqueFd root_;
};

class Caller {
 public:
  Caller(const Standpoint& place, CredentialTable& table, const seccomp_notif& call)
      : place_(place), table_(table), call_(call), pid_(static_cast<pid_t>(call.pid)) {}
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  const seccomp_notif& call() const { return call_; }
  std::uint64_t Argument(std::size_t number) const { return call_.data.args[number]; }
  int IntArgument(std::size_t number) const { return static_cast<int>(Argument(number)); }
  std::uint32_t IdArgument(std::size_t number) const {
    return static_cast<std::uint32_t>(Argument(number));
  }

  bool Read(std::uint64_t address, void* to, std::size_t size) const;
  bool Write(std::uint64_t address, const void* from, std::size_t size) const;
  std::optional<std::string> ReadText(std::uint64_t address) const;  // up to PATH_MAX bytes

  // The emulated ids; carried in a limit that Linux no longer looks at (RLIMIT_LOCKS): children
  // and programs that are executed get it from their parent, whatever order things happen in.
  Credentials Ids() const;
  void SetIds(const Credentials& ids) const;
  mode_t Umask() const;
  // By its own ids and rights: whether it may do what the thread may. It cannot become so
  // meanwhile.
  bool IsRootOfStep() const;

  // Opens (O_PATH) what a call names as the caller would find it; on failure an errno is left.
  // `directory`: AT_FDCWD or the caller's descriptor. An empty path is the directory itself.
  UniqueFd Open(int directory, const std::string& path, bool follow) const;
  UniqueFd OpenDescriptor(int fd) const;  // what the caller's `fd` is
  // The directory of `path` and the last element, for calls that make something.
  struct Place {
    UniqueFd directory;
    std::string name;
  };
  std::optional<Place> OpenParent(int directory, const std::string& path) const;

  // "self/fd/N" of our own /proc, for calls that want a path; the thread works from there.
  static std::string PathOf(const UniqueFd& file);

 private:
  UniqueFd OpenOf(const char* what, int flags) const;  // in /proc/PID
  // Steps into the caller's own root, when it is not that of the step, until destroyed.
  class RootVisit;
  std::string Rewritten(const std::string& path) const;

  const Standpoint& place_;
  CredentialTable& table_;
  const seccomp_notif& call_;
  pid_t pid_;
};

}  // namespace ibuild::builder
