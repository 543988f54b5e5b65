#include "cli/remote/exit_codes.h"

#include <algorithm>

#include "cli/exit_code.h"

namespace ibuild::cli {
namespace {

constexpr int kNotThere = 2;
constexpr int kDenied = 3;
constexpr int kNetwork = 4;
constexpr int kIntegrity = 5;

bool IsAboutRegistries(std::string_view command, const std::vector<std::string>& arguments) {
  constexpr std::string_view kCommands[] = {"append", "attach", "catalog",   "copy",    "delete",
                                            "diff",   "digest", "flatten",   "mutate",  "rebase",
                                            "sync",   "tags",   "referrers", "validate"};
  if (command == "inspect") return std::ranges::find(arguments, "--remote") != arguments.end();
  for (const std::string_view family : {"artifact ", "index ", "manifest "}) {
    if (command.starts_with(family)) return true;
  }
  return std::ranges::find(kCommands, command) != std::end(kCommands);
}

}  // namespace

int ExitCodeOf(const Error& error, ToolKind tool, std::string_view command,
               const std::vector<std::string>& arguments) {
  if (tool == ToolKind::kSkopeo && error.kind() == ErrorKind::kNotFound) return kNotThere;
  if (tool != ToolKind::kIbuild || !IsAboutRegistries(command, arguments))
    return ExitCodeOf(error, tool);
  const ErrorKind kind = error.kind();
  if (kind == ErrorKind::kNotFound) return kNotThere;
  if (kind == ErrorKind::kUnauthorized || kind == ErrorKind::kPermissionDenied) return kDenied;
  if (kind == ErrorKind::kUnavailable) return kNetwork;
  return kind == ErrorKind::kCorrupt ? kIntegrity : ExitCodeOf(error, tool);
}

}  // namespace ibuild::cli
