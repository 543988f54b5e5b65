#include "sandbox/ownership/owned_file.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {
namespace {

bool CarriesRecord(const struct stat& state) {
  return S_ISREG(state.st_mode) || S_ISDIR(state.st_mode);
}

std::string NameOf(const UniqueFd& file) {
  std::array<char, PATH_MAX> name;
  const ssize_t size = readlink(Caller::PathOf(file).c_str(), name.data(), name.size());
  return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

StepFiles::StepFiles(const std::filesystem::path& directory)
    : directory_(OpenFile(directory, O_PATH | O_DIRECTORY)) {
  struct stat state {};
  if (fstat(directory_.get(), &state) != 0) ThrowErrno("look at the files of a step");
  device_ = state.st_dev;
}

FileOwner StepFiles::NodeOwner(ino_t shown) const {
  const auto found = shown_.find(shown);
  return found != shown_.end() ? found->second : FindNodeOwner(device_, shown);
}

// Only looked at: the way down an upper directory has no links in it that an overlay would follow.
void StepFiles::SetOwnerOfNode(ino_t shown, const std::string& path, FileOwner owner) const {
  shown_[shown] = owner;
  struct stat state {};
  const bool is_there =
      path.starts_with('/') && path.size() > 1 &&
      fstatat(directory_.get(), path.c_str() + 1, &state, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && !CarriesRecord(state)) SetNodeOwner(state.st_dev, state.st_ino, owner);
}

std::optional<FileOwner> FindOwner(const UniqueFd& file, const struct stat& state,
                                   const StepFiles& files) {
  if (CarriesRecord(state)) {
    const auto record = FindOwnerRecord(Caller::PathOf(file).c_str());
    return record ? std::optional(record->owner) : std::nullopt;
  }
  const FileOwner owner = files.NodeOwner(state.st_ino);
  return owner == FileOwner() ? std::nullopt : std::optional(owner);
}

int ChangeOwner(const UniqueFd& file, FileOwner owner, const StepFiles& files) {
  if (fchownat(file.get(), "", 0, 0, AT_EMPTY_PATH) != 0) return errno;
  RecordNewOwner(file, owner, files);
  return 0;
}

// A file system without user attributes (a procfs) keeps nothing, and nothing of it gets into a
// layer.
void RecordNewOwner(const UniqueFd& file, FileOwner owner, const StepFiles& files) {
  struct stat state {};
  if (fstat(file.get(), &state) != 0) return;
  if (CarriesRecord(state)) {
    WriteOwnerRecord(Caller::PathOf(file).c_str(), {.owner = owner, .mode = {}});
  } else {
    files.SetOwnerOfNode(state.st_ino, NameOf(file), owner);
  }
}

}  // namespace ibuild::builder
