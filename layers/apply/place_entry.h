// One member made real: each kind of file, created under a name that must be free.
//
// `directory` is the open parent (O_PATH is enough). Every function throws ErrnoError naming
// `path`, and leaves what it made with its final owner, attributes, mode and (but for directories)
// time.
#pragma once

#include <string>

#include "layers/tree/file_meta.h"
#include "support/byte_stream.h"
#include "support/clean_path.h"

namespace ibuild::layers {

// Where a member goes.
struct PlaceAt {
  int directory;
  const CleanPath& path;  // for messages; its last element is the name
  std::string name() const { return std::string(path.Name()); }
};

// False: the name is taken, and nothing was done.
bool PlaceRegular(const PlaceAt& at, const FileMeta& meta, ByteSource& content);
bool PlaceDirectory(const PlaceAt& at, const FileMeta& meta);
bool PlaceSymlink(const PlaceAt& at, const FileMeta& meta);
// Devices and fifos. A device that the kernel refuses becomes a record (tree/device_record.h).
bool PlaceNode(const PlaceAt& at, const FileMeta& meta);

// An existing directory gets this metadata.
void UpdateDirectory(const PlaceAt& at, const FileMeta& meta);

}  // namespace ibuild::layers
