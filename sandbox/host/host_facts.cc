#include "sandbox/host/host_facts.h"

#include <glob.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/files.h"
#include "support/id_map.h"
#include "support/recorded_owner.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kSys = "/sys/";

bool IsUnifiedHierarchy() {
  struct statfs state {};
  return statfs("/sys/fs/cgroup", &state) == 0 && state.f_type == CGROUP2_SUPER_MAGIC;
}

// proc(5), mountinfo: the fifth field is where a mount is. One lies on a directory that is always
// empty and hides nothing.
bool IsProcCovered() {
  const std::string table = ReadFileIfExists("/proc/self/mountinfo").value_or("");
  for (const std::string_view line : Split(table, '\n')) {
    const std::vector<std::string_view> fields = Split(line, ' ');
    if (fields.size() > 4 && fields[4].starts_with("/proc/") &&
        fields[4] != "/proc/sys/fs/binfmt_misc") {
      return true;
    }
  }
  return false;
}

// Counters of thermal interrupts tell one tenant about another's work (GHSA-6fw5-f8r9-fgfm).
std::vector<std::string> ThermalCounters() {
  std::vector<std::string> paths;
  glob_t found{};
  if (glob("/sys/devices/system/cpu/cpu*/thermal_throttle", 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      paths.emplace_back(std::string_view(found.gl_pathv[i]).substr(kSys.size()));
    }
  }
  globfree(&found);
  return paths;
}

}  // namespace

HostFacts FindHostFacts() {
  return {.in_user_namespace = InUserNamespace(),
          .records_owners = OwnersAreRecorded(),
          .fresh_proc = true,
          .cgroup2_view = IsUnifiedHierarchy(),
          .covered_system_paths = ThermalCounters()};
}

std::string DescribeSharedProc() {
  return CanIsolateProcesses()
             ? "steps see the processes outside, and are kept from them by a Landlock domain"
             : "steps would reach each other through it, so they are refused without --allow "
               "shared-proc";
}

std::string DescribeProc(bool in_user_namespace) {
  if (!in_user_namespace || !IsProcCovered()) return "each step sees its own";
  return DescribeSharedProc();
}

bool CanIsolateProcesses() {
  constexpr unsigned kAskForVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  constexpr long kWithRefer = 2;
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskForVersion) >= kWithRefer;
}

}  // namespace ibuild::builder
