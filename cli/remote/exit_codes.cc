#include "cli/remote/exit_codes.h"

#include <algorithm>

#include "cli/exit_code.h"

namespace ibuild::cli {
namespace {

constexpr int kNotThere = 2;
constexpr int kDenied = 3;
constexpr int kNetwork = 4;
constexpr int kIntegrity = 5;

struct RemoteCommand {
  std::string_view name;
  std::size_t operands = 0;  // with fewer the word means something else
};

bool IsAboutRegistries(const Running& running) {
  constexpr RemoteCommand kCommands[] = {{"append"},    {"attach", 2}, {"catalog"}, {"copy"},
                                         {"delete"},    {"diff", 2},   {"digest"},  {"flatten"},
                                         {"mutate"},    {"rebase"},    {"sync", 1}, {"tags"},
                                         {"referrers"}, {"validate"}};
  if (running.command == "inspect") {
    return std::ranges::find(running.arguments, "--remote") != running.arguments.end();
  }
  for (const std::string_view family : {"artifact ", "index ", "manifest "}) {
    if (running.command.starts_with(family)) return true;
  }
  const auto found = std::ranges::find(kCommands, running.command, &RemoteCommand::name);
  return found != std::end(kCommands) && running.operands >= found->operands;
}

}  // namespace

int ExitCodeOf(const Error& error, ToolKind tool, const Running& running) {
  if (tool == ToolKind::kSkopeo && error.kind() == ErrorKind::kNotFound) return kNotThere;
  if (tool != ToolKind::kIbuild || !IsAboutRegistries(running)) return ExitCodeOf(error, tool);
  const ErrorKind kind = error.kind();
  if (kind == ErrorKind::kNotFound) return kNotThere;
  if (kind == ErrorKind::kUnauthorized || kind == ErrorKind::kPermissionDenied) return kDenied;
  if (kind == ErrorKind::kUnavailable) return kNetwork;
  return kind == ErrorKind::kCorrupt ? kIntegrity : ExitCodeOf(error, tool);
}

}  // namespace ibuild::cli
