#include "containers/engine/usage.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "containers/engine/processes.h"
#include "support/files.h"
#include "support/text.h"
#include "support/user_name.h"

namespace ibuild::containers {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// The fields of /proc/PID/stat from the third on: the second may hold anything (proc(5)).
std::vector<std::string> StatFields(std::int64_t pid) {
  const auto text = ReadFileIfExists(fmt::format("/proc/{}/stat", pid));
  const std::size_t end = text ? text->rfind(") ") : std::string::npos;
  std::vector<std::string> fields;
  if (end == std::string::npos) return fields;
  for (std::string_view field : Split(Trim(std::string_view(*text).substr(end + 2)), ' ')) {
    fields.emplace_back(field);
  }
  return fields;
}

std::uint64_t NumberAt(const std::vector<std::string>& fields, std::size_t proc_field) {
  const std::size_t index = proc_field - 3;
  return index < fields.size() ? ParseUnsigned(fields[index]).value_or(0) : 0;
}

std::int64_t ProcessorTime(const std::vector<std::string>& fields) {
  const auto ticks = static_cast<std::int64_t>(NumberAt(fields, 14) + NumberAt(fields, 15));
  return ticks * (kSecond / sysconf(_SC_CLK_TCK));
}

// The number behind `key` in a file of lines.
std::uint64_t Counter(const std::string& text, std::string_view key) {
  for (std::string_view line : Split(text, '\n')) {
    if (!line.starts_with(key)) continue;
    line = Trim(line.substr(key.size()));
    return ParseUnsigned(line.substr(0, line.find_first_of(" \t"))).value_or(0);
  }
  return 0;
}

void AddProcess(std::int64_t pid, Usage* usage) {
  const std::vector<std::string> fields = StatFields(pid);
  usage->processor += ProcessorTime(fields);
  usage->memory += NumberAt(fields, 24) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::string io = ReadFileIfExists(fmt::format("/proc/{}/io", pid)).value_or("");
  usage->read += Counter(io, "read_bytes:");
  usage->written += Counter(io, "\nwrite_bytes:") + Counter(io, "write_bytes:");
}

void AddNetwork(std::int64_t pid, Usage* usage) {
  const std::string text = ReadFileIfExists(fmt::format("/proc/{}/net/dev", pid)).value_or("");
  for (std::string_view line : Split(text, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || Trim(line.substr(0, colon)) == "lo") continue;
    std::vector<std::uint64_t> numbers;
    for (std::string_view word : Split(line.substr(colon + 1), ' ')) {
      if (!word.empty()) numbers.push_back(ParseUnsigned(word).value_or(0));
    }
    if (numbers.size() < 9) continue;
    usage->received += numbers[0];
    usage->sent += numbers[8];
  }
}

void ApplyGroups(const Container& container, Usage* usage) {
  for (const std::string& group : container.state.control_groups) {
    for (const char* file : {"/memory.current", "/memory.usage_in_bytes"}) {
      const auto text = ReadFileIfExists(group + file);
      if (text) usage->memory = ParseUnsigned(Trim(*text)).value_or(usage->memory);
    }
  }
}

std::uint64_t MachineMemory() {
  struct sysinfo info {};
  return sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit : 0;
}

std::string TerminalName(std::uint64_t device) {
  const std::uint64_t major_number = device >> 8 & 0xfff;
  const std::uint64_t minor_number = (device & 0xff) | (device >> 12 & 0xfff00);
  return major_number == 136 ? fmt::format("pts/{}", minor_number) : "?";
}

std::string StartOf(const std::vector<std::string>& fields) {
  struct sysinfo info {};
  sysinfo(&info);
  const auto since_boot = static_cast<std::int64_t>(NumberAt(fields, 22)) / sysconf(_SC_CLK_TCK);
  const std::time_t moment = std::time(nullptr) - info.uptime + since_boot;
  std::tm local{};
  localtime_r(&moment, &local);
  return fmt::format("{:02}:{:02}", local.tm_hour, local.tm_min);
}

std::string CommandOf(std::int64_t pid) {
  std::string text = ReadFileIfExists(fmt::format("/proc/{}/cmdline", pid)).value_or("");
  if (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  if (!text.empty()) return PrintableText(text);
  const std::string name = ReadFileIfExists(fmt::format("/proc/{}/comm", pid)).value_or("");
  return "[" + PrintableText(Trim(name)) + "]";
}

}  // namespace

Usage MeasureUsage(const Container& container) {
  Usage usage;
  usage.time = NowNanoseconds();
  const std::vector<std::int64_t> pids = ProcessesOf(container);
  for (const std::int64_t pid : pids) AddProcess(pid, &usage);
  if (!pids.empty()) AddNetwork(pids.front(), &usage);
  ApplyGroups(container, &usage);
  usage.processes = pids.size();
  const std::int64_t limit = container.config.host.limits.memory;
  usage.memory_limit = limit > 0 ? static_cast<std::uint64_t>(limit) : MachineMemory();
  return usage;
}

std::optional<ProcessLine> DescribeProcess(std::int64_t pid) {
  const std::vector<std::string> fields = StatFields(pid);
  struct stat state {};
  if (fields.empty() || stat(fmt::format("/proc/{}", pid).c_str(), &state) != 0) {
    return std::nullopt;
  }
  const std::int64_t seconds = ProcessorTime(fields) / kSecond;
  return ProcessLine{
      .user = UserName(state.st_uid),
      .parent = static_cast<std::int64_t>(NumberAt(fields, 4)),
      .start = StartOf(fields),
      .terminal = TerminalName(NumberAt(fields, 7)),
      .time = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
      .command = CommandOf(pid)};
}

}  // namespace ibuild::containers
