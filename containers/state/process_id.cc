#include "containers/state/process_id.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/host/cgroup_name.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::containers {

std::optional<std::int64_t> StartTimeOf(std::int64_t pid) {
  if (pid <= 0) return std::nullopt;
  const auto stat = ReadFileIfExists(fmt::format("/proc/{}/stat", pid));
  if (!stat) return std::nullopt;
  const auto ticks = builder::ParseStartTime(*stat);
  return ticks ? std::optional(static_cast<std::int64_t>(*ticks)) : std::nullopt;
}

bool IsSameProcess(std::int64_t pid, std::int64_t start_time) {
  return StartTimeOf(pid) == start_time;
}

UniqueFd OpenProcess(std::int64_t pid, std::int64_t start_time) {
  if (pid <= 0) return UniqueFd();
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
  // Looked at after it was opened: what has the pid now is what the descriptor means.
  if (fd && !IsSameProcess(pid, start_time)) fd.Reset();
  return fd;
}

bool SendSignal(std::int64_t pid, std::int64_t start_time, int signal) {
  const UniqueFd process = OpenProcess(pid, start_time);
  if (!process) return false;
  if (syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  ThrowErrno("sending a signal");
}

}  // namespace ibuild::containers
