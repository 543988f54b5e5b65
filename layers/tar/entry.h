// One member of a tar: what both the reader and the writer speak of.
#pragma once

#include <string>

#include "layers/tree/file_meta.h"

namespace ibuild::layers {

struct TarEntry {
  // As written, but without trailing slashes: "./a", "/a" and "../a" are possible when reading.
  std::string name;
  FileMeta meta;  // of a hard link: only the type kRegular means something
  bool is_hard_link = false;
  std::string hard_link;  // the name of an earlier member; may be empty in a bad archive
};

}  // namespace ibuild::layers
