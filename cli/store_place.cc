#include "cli/store_place.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "support/environment.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

fs::path UsualStore(const fs::path& home) {
  if (::geteuid() == 0) return "/var/lib/ibuild";
  if (const auto data = DirectoryFrom("XDG_DATA_HOME")) return *data / "ibuild";
  return home / ".local/share/ibuild";
}

// Whether we may write there, or make it.
bool IsWritable(fs::path directory) {
  for (;; directory = directory.parent_path()) {
    if (::access(directory.c_str(), W_OK | X_OK) == 0) return true;
    if (errno != ENOENT || directory == directory.parent_path()) return false;
  }
}

fs::path Own(const fs::path& directory) {
  return directory / fmt::format("ibuild-{}", ::geteuid());
}

}  // namespace

std::optional<fs::path> DirectoryFrom(const char* variable) {
  const auto value = GetEnvironment(variable);
  if (!value || value->empty()) return std::nullopt;
  return fs::path(*value);
}

// Where nobody prepared a home for us (a container with a read-only one, an id that no passwd file
// knows), there is still room for temporary files that survive a restart.
fs::path DefaultStore(const fs::path& home) {
  if (const auto root = DirectoryFrom("IBUILD_ROOT")) return *root;
  fs::path usual = UsualStore(home);
  const fs::path substitute = "/var/tmp";
  return IsWritable(usual) || !IsWritable(substitute) ? usual : Own(substitute);
}

fs::path OwnStore(const fs::path& wanted) {
  struct stat state {};
  const bool is_others =
      ::stat(wanted.c_str(), &state) == 0 && S_ISDIR(state.st_mode) && state.st_uid != ::geteuid();
  return is_others && ::access(wanted.c_str(), W_OK | X_OK) == 0 ? Own(wanted) : wanted;
}

}  // namespace ibuild::cli
