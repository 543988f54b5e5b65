#include "containers/engine/processes.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "containers/state/process_id.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

std::vector<std::int64_t> AllPids() {
  std::vector<std::int64_t> pids;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto pid = ParseUnsigned(entry.path().filename().native());
    if (pid) pids.push_back(static_cast<std::int64_t>(*pid));
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

ino_t PidNamespaceOf(std::int64_t pid) {
  struct stat state {};
  return stat(fmt::format("/proc/{}/ns/pid", pid).c_str(), &state) == 0 ? state.st_ino : 0;
}

std::int64_t ParentOf(std::int64_t pid) {
  const std::string status = ReadFileIfExists(fmt::format("/proc/{}/status", pid)).value_or("");
  constexpr std::string_view kKey = "\nPPid:\t";
  const std::size_t at = status.find(kKey);
  if (at == std::string::npos) return 0;
  const std::string_view rest = std::string_view(status).substr(at + kKey.size());
  return static_cast<std::int64_t>(ParseUnsigned(rest.substr(0, rest.find('\n'))).value_or(0));
}

// The first process and what descends from it.
std::vector<std::int64_t> Descendants(std::int64_t first) {
  std::set<std::int64_t> family = {first};
  std::vector<std::int64_t> result = {first};
  const std::vector<std::int64_t> pids = AllPids();
  for (bool grew = true; grew;) {
    grew = false;
    for (const std::int64_t pid : pids) {
      if (family.count(pid) != 0 || family.count(ParentOf(pid)) == 0) continue;
      family.insert(pid);
      result.push_back(pid);
      grew = true;
    }
  }
  return result;
}

}  // namespace

std::vector<std::int64_t> ProcessesOf(const Container& container) {
  const std::int64_t first = container.state.pid;
  if (!IsAlive(container.state.status) || !IsSameProcess(first, container.state.pid_start)) {
    return {};
  }
  if (!container.config.host.pid_mode.empty()) return Descendants(first);
  const ino_t own = PidNamespaceOf(first);
  std::vector<std::int64_t> pids = {first};
  for (const std::int64_t pid : AllPids()) {
    if (pid != first && own != 0 && PidNamespaceOf(pid) == own) pids.push_back(pid);
  }
  return pids;
}

}  // namespace ibuild::containers
