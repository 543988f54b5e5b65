// What a file is, apart from its content: one entry of a layer, a context or a root file system.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "support/clock.h"

namespace ibuild::layers {

enum class FileType { kRegular, kDirectory, kSymlink, kCharDevice, kBlockDevice, kFifo, kSocket };

// Extended attributes by full name ("security.capability"), values as bytes, in image terms:
// capabilities are VFS_CAP_REVISION_2, and nothing of overlayfs or of ownership emulation is here.
using Xattrs = std::map<std::string, std::string>;

struct FileMeta {
  FileType type = FileType::kRegular;
  mode_t mode = 0;        // the twelve permission bits
  std::uint32_t uid = 0;  // as seen inside the image
  std::uint32_t gid = 0;
  std::uint64_t size = 0;  // of regular files
  UnixTime mtime;
  dev_t device = 0;         // of device nodes
  std::string link_target;  // of symbolic links
  Xattrs xattrs;

  friend bool operator==(const FileMeta&, const FileMeta&) = default;
};

}  // namespace ibuild::layers
