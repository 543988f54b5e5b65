#include "cli/standing_rule.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <vector>

#include "layers/store/cache_limits.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::time_t kPause = 3600;
constexpr std::size_t kLongestRule = 4096;

std::string RuleOf(const Settings& settings) {
  if (const auto rule = GetEnvironment("IBUILD_PRUNE")) return *rule;
  const auto folder = GetEnvironment("XDG_CONFIG_HOME");
  const fs::path config =
      folder && !folder->empty() ? fs::path(*folder) : settings.home / ".config";
  return ReadFileIfExists(config / "ibuild/prune", kLongestRule).value_or("");
}

// The mark's time is that of the last look.
bool IsDue(const fs::path& mark) {
  struct stat info;
  if (::stat(mark.c_str(), &info) == 0 && std::time(nullptr) - info.st_mtime < kPause) return false;
  MakeDirectories(mark.parent_path(), 0700);
  WriteFileAtomically(mark, "", 0600);
  return true;
}

std::vector<std::string> CommandFor(const std::string& rule, const fs::path& root) {
  std::vector<std::string> command = {"ibuild", "--root", root.string(), "prune", "--force"};
  for (const std::string_view part : Split(Trim(rule), ',')) {
    const std::string field(Trim(part));
    if (field.empty()) continue;
    if (field.starts_with("until=")) {
      command.insert(command.end(), {"--filter", field});
    } else {
      command.push_back("--" + field);
    }
  }
  return command;
}

// In a session of its own, so that the end of the terminal or of the job's shell is not its end.
void SpawnDetached(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  ::posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
}

}  // namespace

void KeepStoreSmall(const Settings& settings, const layers::Store& store) {
  const std::string rule = RuleOf(settings);
  if (Trim(rule).empty()) return;
  InContext("reading the rule for a small store",
            [&] { layers::ParseCacheLimits(std::string(Trim(rule))); });
  try {
    if (IsDue(store.layout().builds() / "trimmed")) SpawnDetached(CommandFor(rule, store.root()));
  } catch (const Error&) {
    // A full disk, say: the next build tries again.
  }
}

}  // namespace ibuild::cli
