// The owner of an open file as the step sees it: recorded in its attribute, or in the table for
// what can carry none (support/recorded_owner.h).
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "sandbox/ownership/caller.h"
#include "support/recorded_device.h"
#include "support/recorded_owner.h"

namespace ibuild::builder {

// The files of a step where they really are. The table knows links and fifos by their inode on
// disk; through an overlay, one that was copied up goes on showing the inode that it had below.
class StepFiles {
 public:
  // `directory`: what the step writes into, on the host: an upper directory or a tree.
  explicit StepFiles(const std::filesystem::path& directory);

  FileOwner NodeOwner(ino_t shown) const;
  // `path`: in the step, as the kernel knows it.
  void SetOwnerOfNode(ino_t shown, const std::string& path, FileOwner owner) const;

 private:
  UniqueFd directory_;
  dev_t device_ = 0;
  mutable std::map<ino_t, FileOwner> shown_;  // of this step alone
};

// `file`: O_PATH or better. `state`: what fstat(2) says of it.
std::optional<FileOwner> FindOwner(const UniqueFd& file, const struct stat& state,
                                   const StepFiles& files);
// Gives the owner that is recorded, after the kernel was made to do what else chown(2) does: copy
// the file up, clear set-id bits and capabilities. 0 or an errno.
int ChangeOwner(const UniqueFd& file, FileOwner owner, const StepFiles& files);
// Of a file that was just made; 0:0 is recorded by the absence of a record.
void RecordNewOwner(const UniqueFd& file, FileOwner owner, const StepFiles& files);

}  // namespace ibuild::builder
