#include "containers/engine/capability_names.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "sandbox/spec/capabilities.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

// By number (linux/capability.h).
constexpr std::array<std::string_view, 41> kNames = {"CHOWN",
                                                     "DAC_OVERRIDE",
                                                     "DAC_READ_SEARCH",
                                                     "FOWNER",
                                                     "FSETID",
                                                     "KILL",
                                                     "SETGID",
                                                     "SETUID",
                                                     "SETPCAP",
                                                     "LINUX_IMMUTABLE",
                                                     "NET_BIND_SERVICE",
                                                     "NET_BROADCAST",
                                                     "NET_ADMIN",
                                                     "NET_RAW",
                                                     "IPC_LOCK",
                                                     "IPC_OWNER",
                                                     "SYS_MODULE",
                                                     "SYS_RAWIO",
                                                     "SYS_CHROOT",
                                                     "SYS_PTRACE",
                                                     "SYS_PACCT",
                                                     "SYS_ADMIN",
                                                     "SYS_BOOT",
                                                     "SYS_NICE",
                                                     "SYS_RESOURCE",
                                                     "SYS_TIME",
                                                     "SYS_TTY_CONFIG",
                                                     "MKNOD",
                                                     "LEASE",
                                                     "AUDIT_WRITE",
                                                     "AUDIT_CONTROL",
                                                     "SETFCAP",
                                                     "MAC_OVERRIDE",
                                                     "MAC_ADMIN",
                                                     "SYSLOG",
                                                     "WAKE_ALARM",
                                                     "BLOCK_SUSPEND",
                                                     "AUDIT_READ",
                                                     "PERFMON",
                                                     "BPF",
                                                     "CHECKPOINT_RESTORE"};

std::uint64_t MaskOf(const std::string& text) {
  std::string name = ToUpper(text);
  if (name.starts_with("CAP_")) name.erase(0, 4);
  if (name == "ALL") return builder::kAllCapabilities;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return std::uint64_t{1} << i;
  }
  throw Error(ErrorKind::kUsage, fmt::format("invalid capability: {}", Quote(text)))
      .WithHint("capabilities(7) lists them: NET_ADMIN, SYS_PTRACE, …");
}

}  // namespace

std::uint64_t CapabilitiesWith(const std::vector<std::string>& added,
                               const std::vector<std::string>& dropped) {
  std::uint64_t mask = builder::kDefaultCapabilities;
  std::uint64_t extra = 0;
  for (const std::string& name : added) extra |= MaskOf(name);
  for (const std::string& name : dropped) mask &= ~MaskOf(name);
  return mask | extra;
}

}  // namespace ibuild::containers
