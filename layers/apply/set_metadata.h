// Owner, attributes, mode and time of a file that was just made, in the one order that works:
// chown(2) clears set-id bits and capabilities, so it comes first; the time comes last.
#pragma once

#include <string>

#include "layers/tree/file_meta.h"

namespace ibuild::layers {

// A file or directory open for reading or writing (not O_PATH). `name` is for messages. The times
// of directories are DirectoryTimes's.
void SetMetadata(int fd, const FileMeta& meta, const std::string& name);

// What cannot be opened: symbolic links, devices, fifos. `directory`: where `name` was just made.
void SetMetadataAt(int directory, const std::string& name, const FileMeta& meta);

}  // namespace ibuild::layers
