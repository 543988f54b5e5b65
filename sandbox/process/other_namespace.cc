#include "sandbox/process/other_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "support/files.h"

namespace ibuild::builder {
namespace {

bool IsOurs(const UniqueFd& fd, const char* name) {
  struct stat theirs {};
  struct stat ours {};
  return fstat(fd.get(), &theirs) == 0 &&
         stat(fmt::format("/proc/self/ns/{}", name).c_str(), &ours) == 0 &&
         theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

}  // namespace

std::optional<OtherNamespace> FindOtherNamespace(int pid, const NamespaceKind& kind) {
  UniqueFd fd = OpenFile(fmt::format("/proc/{}/ns/{}", pid, kind.name), O_RDONLY);
  if (IsOurs(fd, kind.name)) return std::nullopt;
  return OtherNamespace{kind.flag, std::move(fd)};
}

}  // namespace ibuild::builder
