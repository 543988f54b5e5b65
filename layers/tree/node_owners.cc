#include "layers/tree/node_owners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "support/files.h"
#include "support/recorded_owner.h"
#include "support/text.h"

namespace ibuild::layers {
namespace {

constexpr const char* kTableName = "owners";
constexpr std::size_t kTableLimit = 256U << 20;

void LoadEntry(int root, std::string_view entry) {
  const std::size_t blank = entry.find(' ');
  if (blank == std::string_view::npos) return;
  const auto record = ParseOwnerRecord(entry.substr(0, blank));
  const std::string path(entry.substr(blank + 1));
  struct stat file;
  if (!record || ::fstatat(root, path.c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0) return;
  SetNodeOwner(file.st_dev, file.st_ino, record->owner);
}

bool CarriesNoRecord(const std::filesystem::file_status& status) {
  using std::filesystem::file_type;
  return status.type() != file_type::regular && status.type() != file_type::directory;
}

}  // namespace

void LoadNodeOwners(int root) {
  if (!OwnersAreRecorded()) return;
  const UniqueFd table(
      ::openat(root, (std::string("../") + kTableName).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!table) return;
  const std::string entries = ReadAll(table.get(), kTableLimit);
  for (const std::string_view entry : Split(entries, '\0')) LoadEntry(root, entry);
}

void SaveNodeOwners(const std::filesystem::path& directory) {
  if (!OwnersAreRecorded() || !HasNodeOwners()) return;
  std::string table;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!CarriesNoRecord(entry.symlink_status())) continue;
    struct stat file;
    if (::lstat(entry.path().c_str(), &file) != 0) continue;
    const FileOwner owner = FindNodeOwner(file.st_dev, file.st_ino);
    if (owner == FileOwner()) continue;
    table += fmt::format("{} {}", FormatOwnerRecord({.owner = owner, .mode = {}}),
                         entry.path().lexically_relative(directory).native());
    table += '\0';
  }
  if (!table.empty()) WriteFileAtomically(directory.parent_path() / kTableName, table, 0600);
}

}  // namespace ibuild::layers
