#include "sandbox/procview/proc_view.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "sandbox/ownership/caller.h"
#include "sandbox/ownership/notify_loop.h"
#include "sandbox/procview/proc_path.h"

namespace ibuild::builder {
namespace {

class View {
 public:
  View(const std::filesystem::path& tree, const Standpoint& place, CredentialTable& table)
      : tree_(tree.native()), place_(place), table_(table) {}

  Reply Answer(const seccomp_notif& call) const {
    const Caller caller(place_, table_, call);
    switch (call.data.nr) {
      case SYS_openat:
        return Open(caller, PathAt(caller, 1), caller.IntArgument(2));
      case SYS_newfstatat:
        return Stat(PathAt(caller, 1), caller, caller.IntArgument(3), 2);
      case SYS_statx:
        return Statx(PathAt(caller, 1), caller);
      case SYS_readlinkat:
        return ReadLink(PathAt(caller, 1), caller, 2);
      case SYS_faccessat:
      case SYS_faccessat2:
        return Access(PathAt(caller, 1), caller.IntArgument(2));
      case SYS_fchmodat:
        return ChangeMode(PathAt(caller, 1), caller.IdArgument(2));
      case SYS_getxattr:
      case SYS_lgetxattr:
      case SYS_listxattr:
      case SYS_llistxattr:  // nothing there has any
        return PathAt(caller, 0) ? Reply::Error(EOPNOTSUPP) : Reply::Proceed();
#ifdef SYS_open
      case SYS_open:
        return Open(caller, PathAt(caller, 0), caller.IntArgument(1));
      case SYS_stat:
        return Stat(PathAt(caller, 0), caller, 0, 1);
      case SYS_lstat:
        return Stat(PathAt(caller, 0), caller, AT_SYMLINK_NOFOLLOW, 1);
      case SYS_readlink:
        return ReadLink(PathAt(caller, 0), caller, 1);
      case SYS_chmod:
        return ChangeMode(PathAt(caller, 0), caller.IdArgument(1));
      case SYS_access:
        return Access(PathAt(caller, 0), caller.IntArgument(1));
#endif
      default:
        return Reply::Proceed();
    }
  }

 private:
  static std::optional<ProcPath> PathAt(const Caller& caller, std::size_t argument) {
    if (caller.Argument(argument) == 0) return std::nullopt;
    const auto text = caller.ReadText(caller.Argument(argument));
    if (!text) return std::nullopt;
    return FindProcPath(*text, static_cast<pid_t>(caller.call().pid));
  }

  // Magic links lead to files of other processes, which may be outside of the step's root.
  UniqueFd OpenIn(const ProcPath& path, int flags) const {
    if (path.is_own_link) {
      return UniqueFd(openat(place_.proc(), path.path.c_str(), flags | O_CLOEXEC));
    }
    open_how how{};
    how.flags = static_cast<__u64>(static_cast<unsigned>(flags | O_CLOEXEC));
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return UniqueFd(
        static_cast<int>(syscall(SYS_openat2, place_.proc(), path.path.c_str(), &how, sizeof how)));
  }

  Reply Open(const Caller&, const std::optional<ProcPath>& path, int flags) const {
    if (!path) return Reply::Proceed();
    constexpr int kMaking = O_CREAT | O_EXCL | O_TRUNC | O_TMPFILE;
    const bool close_on_exec = (flags & O_CLOEXEC) != 0;
    const int kept = (flags & O_DIRECTORY) | (flags & ~kMaking);
    UniqueFd file = OpenIn(*path, kept);
    if (!file) return Reply::Error(errno);
    return Reply::Descriptor(std::move(file), close_on_exec);
  }

  UniqueFd Look(const ProcPath& path, int flags) const {
    const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    return OpenIn(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  }

  Reply Stat(const std::optional<ProcPath>& path, const Caller& caller, int flags,
             std::size_t buffer) const {
    if (!path) return Reply::Proceed();
    const UniqueFd file = Look(*path, flags);
    struct stat state {};
    if (!file || fstat(file.get(), &state) != 0) return Reply::Error(errno);
    return Reply::Done(caller.Write(caller.Argument(buffer), &state, sizeof state) ? 0 : EFAULT);
  }

  Reply Statx(const std::optional<ProcPath>& path, const Caller& caller) const {
    if (!path) return Reply::Proceed();
    const UniqueFd file = Look(*path, caller.IntArgument(2));
    struct statx state {};
    if (!file || statx(file.get(), "", AT_EMPTY_PATH, caller.IdArgument(3), &state) != 0) {
      return Reply::Error(errno);
    }
    return Reply::Done(caller.Write(caller.Argument(4), &state, sizeof state) ? 0 : EFAULT);
  }

  // What lies in the step's root is told by the name that it has there.
  Reply ReadLink(const std::optional<ProcPath>& path, const Caller& caller,
                 std::size_t buffer) const {
    if (!path) return Reply::Proceed();
    std::array<char, PATH_MAX> target;
    const ssize_t size =
        readlinkat(place_.proc(), path->path.c_str(), target.data(), target.size());
    if (size < 0) return Reply::Error(errno);
    std::string text(target.data(), static_cast<std::size_t>(size));
    if (text == tree_) text = "/";
    if (text.starts_with(tree_ + "/")) text = text.substr(tree_.size());
    const std::size_t length =
        std::min(text.size(), static_cast<std::size_t>(caller.Argument(buffer + 1)));
    if (!caller.Write(caller.Argument(buffer), text.data(), length)) return Reply::Error(EFAULT);
    return Reply::Value(static_cast<std::int64_t>(length));
  }

  Reply Access(const std::optional<ProcPath>& path, int mode) const {
    if (!path) return Reply::Proceed();
    return Reply::Done(faccessat(place_.proc(), path->path.c_str(), mode, 0) == 0 ? 0 : errno);
  }

  // chmod(3) of a descriptor that the C library can only name by its link.
  Reply ChangeMode(const std::optional<ProcPath>& path, std::uint32_t mode) const {
    if (!path) return Reply::Proceed();
    if (!path->is_own_link) return Reply::Error(EPERM);
    return Reply::Done(fchmodat(place_.proc(), path->path.c_str(), mode, 0) == 0 ? 0 : errno);
  }

  const std::string tree_;
  const Standpoint& place_;
  CredentialTable& table_;
};

}  // namespace

std::jthread AnswerProcCalls(UniqueFd listener, const std::filesystem::path& tree) {
  return AnswerBeside(std::move(listener), [tree](int calls) {
    const Standpoint place = Standpoint::Outside();
    CredentialTable table;
    const View view(tree, place, table);
    AnswerCalls(calls, [&view](const seccomp_notif& call) { return view.Answer(call); });
  });
}

}  // namespace ibuild::builder
