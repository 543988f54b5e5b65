#include "sandbox/host/host_facts.h"

#include <glob.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kSys = "/sys/";

bool InUserNamespace() {
  const auto map = ReadFileIfExists("/proc/self/uid_map");
  if (!map) return false;  // a kernel without user namespaces
  const std::string_view text = Trim(*map);
  return !(text.starts_with("0 ") && text.find("0 4294967295") != std::string_view::npos &&
           text.find('\n') == std::string_view::npos);
}

bool IsUnifiedHierarchy() {
  struct statfs state {};
  return statfs("/sys/fs/cgroup", &state) == 0 && state.f_type == CGROUP2_SUPER_MAGIC;
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
          .fresh_proc = true,
          .cgroup2_view = IsUnifiedHierarchy(),
          .covered_system_paths = ThermalCounters()};
}

}  // namespace ibuild::builder
