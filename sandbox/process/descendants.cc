#include "sandbox/process/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace ibuild::builder {
namespace {

constexpr int kMostRounds = 2000;  // of a few milliseconds: nothing survives that long

struct Process {
  pid_t parent = 0;
  bool is_dead = false;  // waits to be reaped
};

// The name in the second field may hold blanks and brackets; what counts follows the last one.
Process ReadProcess(pid_t pid) {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 512> text{};
  const ssize_t size = read(file, text.data(), text.size() - 1);
  close(file);
  const char* end = size > 0 ? std::strrchr(text.data(), ')') : nullptr;
  Process process;
  char state = 0;
  if (end == nullptr || std::sscanf(end + 1, " %c %d", &state, &process.parent) != 2) return {};
  process.is_dead = state == 'Z' || state == 'X';
  return process;
}

std::map<pid_t, Process> ReadProcesses() {
  std::map<pid_t, Process> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
  if (!directory) return processes;
  while (const dirent* entry = readdir(directory.get())) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid > 0) processes[pid] = ReadProcess(pid);
  }
  return processes;
}

bool IsBelow(const std::map<pid_t, Process>& processes, pid_t pid, pid_t ancestor) {
  for (std::size_t depth = 0; depth <= processes.size(); ++depth) {
    const auto found = processes.find(pid);
    if (found == processes.end() || found->second.parent == 0) return false;
    pid = found->second.parent;
    if (pid == ancestor) return true;
  }
  return false;
}

}  // namespace

void KillDescendants(pid_t ancestor) noexcept {
  for (int round = 0; round < kMostRounds; ++round) {
    const std::map<pid_t, Process> processes = ReadProcesses();
    bool found = false;
    for (const auto& [pid, process] : processes) {
      if (process.is_dead || !IsBelow(processes, pid, ancestor)) continue;
      kill(pid, SIGKILL);
      found = true;
    }
    if (!found) return;
    constexpr timespec kNap{.tv_sec = 0, .tv_nsec = 2'000'000};
    nanosleep(&kNap, nullptr);
  }
}

}  // namespace ibuild::builder
