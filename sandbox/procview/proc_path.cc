#include "sandbox/procview/proc_path.h"

#include <fmt/format.h>

#include "support/clean_path.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

// "fd/3", "exe", "cwd", "root".
bool IsOwnLink(std::string_view below_process) {
  const auto elements = Split(below_process, '/');
  if (elements.size() == 1) {
    return elements[0] == "exe" || elements[0] == "cwd" || elements[0] == "root";
  }
  return elements.size() == 2 && elements[0] == "fd";
}

std::optional<std::string> InDevices(const std::string& path, pid_t caller) {
  if (path == "dev/fd") return fmt::format("{}/fd", caller);
  if (path.starts_with("dev/fd/")) return fmt::format("{}/fd/{}", caller, path.substr(7));
  if (path == "dev/stdin") return fmt::format("{}/fd/0", caller);
  if (path == "dev/stdout") return fmt::format("{}/fd/1", caller);
  if (path == "dev/stderr") return fmt::format("{}/fd/2", caller);
  return std::nullopt;
}

}  // namespace

std::optional<ProcPath> FindProcPath(std::string_view path, pid_t caller) {
  if (!path.starts_with("/proc") && !path.starts_with("/dev/")) return std::nullopt;
  const std::string clean = CleanPath::Parse(path).text();
  const std::string own = fmt::format("{}/", caller);
  std::string found;
  if (auto device = InDevices(clean, caller)) {
    found = *std::move(device);
  } else if (clean == "proc") {
    return ProcPath{.path = "."};
  } else if (clean.starts_with("proc/")) {
    found = clean.substr(5);
  } else {
    return std::nullopt;
  }
  for (const std::string_view self : {"thread-self", "self"}) {
    if (found == self || found.starts_with(fmt::format("{}/", self))) {
      found = std::to_string(caller) + found.substr(self.size());
    }
  }
  const bool is_own =
      found.starts_with(own) && IsOwnLink(std::string_view(found).substr(own.size()));
  return ProcPath{.path = std::move(found), .is_own_link = is_own};
}

}  // namespace ibuild::builder
