// Looking at files of a layer directory: names in order, and what stat(2) says in image terms.
//
// Paths are relative to an open root directory and their parents must be known to be real
// directories (a walk has just seen them): no symbolic link is followed at the end, and layer
// directories are ours alone.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "layers/tree/file_meta.h"
#include "support/fd.h"

namespace ibuild::layers {

struct DirectoryName {
  std::string name;
  bool may_be_whiteout = false;  // a character device, or the file system does not say
};

// The names in a directory but "." and "..", byte-sorted. `directory`: open for reading, at its
// start.
std::vector<DirectoryName> ListNames(int directory);

// Open for reading without following a link at the end. Throws ErrnoError naming the path.
UniqueFd OpenBelow(int root, const std::string& path, int flags = 0);

// lstat, with whiteouts as overlayfs spells them; nothing on ENOENT and ENOTDIR.
std::optional<struct stat> StatBelow(int root, const std::string& path);

FileType TypeOfMode(mode_t mode);
// What lstat said as metadata, with the link target of symbolic links and with the records of
// devices and owners understood; without other attributes.
FileMeta ReadMeta(int root, const std::string& path, const struct stat& file);

// The part of it about records: owners that the kernel could not give, devices that it refused.
void UnderstandRecords(int root, const std::string& path, const struct stat& file, FileMeta& meta);

// "a" + "b" = "a/b"; "" + "b" = "b".
std::string JoinBelow(const std::string& directory, const std::string& name);

}  // namespace ibuild::layers
