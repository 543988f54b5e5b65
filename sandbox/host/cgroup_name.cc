#include "sandbox/host/cgroup_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "support/files.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::string_view kPrefix = "ibuild-";

std::optional<std::uint64_t> StartTime(std::uint64_t pid) {
  const auto stat = ReadFileIfExists(fmt::format("/proc/{}/stat", pid));
  return stat ? ParseStartTime(*stat) : std::nullopt;
}

}  // namespace

std::string GroupName(std::string_view what) {
  const auto pid = static_cast<std::uint64_t>(getpid());
  return fmt::format("{}{}-{}-{}", kPrefix, pid, StartTime(pid).value_or(0), what);
}

std::optional<GroupOwner> ParseGroupName(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const std::vector<std::string_view> parts = Split(name.substr(kPrefix.size()), '-');
  if (parts.size() != 3) return std::nullopt;
  const auto pid = ParseUnsigned(parts[0]);
  const auto start = ParseUnsigned(parts[1]);
  if (!pid || !start) return std::nullopt;
  return GroupOwner{*pid, *start};
}

bool StillRuns(const GroupOwner& owner) { return StartTime(owner.pid) == owner.start_time; }

std::optional<std::uint64_t> ParseStartTime(std::string_view stat) {
  constexpr std::size_t kFieldsAfterCommand = 20;  // field 3 is the first, 22 is wanted
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos || end + 2 > stat.size()) return std::nullopt;
  const std::vector<std::string_view> fields = Split(stat.substr(end + 2), ' ');
  if (fields.size() < kFieldsAfterCommand) return std::nullopt;
  return ParseUnsigned(fields[kFieldsAfterCommand - 1]);
}

}  // namespace ibuild::builder
