#include "cli/standing_rule.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <vector>

#include "layers/store/cache_limits.h"
#include "support/environment.h"
#include "support/error.h"
#include "support/files.h"
#include "support/process.h"
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
  std::vector<std::string> command = {"/proc/self/exe", "--root", root.string(), "prune",
                                      "--force"};
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

std::vector<std::string> OurEnvironment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  return variables;
}

}  // namespace

void KeepStoreSmall(const Settings& settings, const layers::Store& store) {
  const std::string rule = RuleOf(settings);
  if (Trim(rule).empty()) return;
  InContext("reading the rule for a small store",
            [&] { layers::ParseCacheLimits(std::string(Trim(rule))); });
  try {
    if (IsDue(store.layout().builds() / "trimmed")) {
      StartDetached(CommandFor(rule, store.root()), OurEnvironment());
    }
  } catch (const Error&) {
    // A full disk, say: the next build tries again.
  }
}

}  // namespace ibuild::cli
