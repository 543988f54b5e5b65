// The project's own sources, as the rule tests see them: text files below the rooms' folders.
#pragma once

#include <string>
#include <vector>

namespace ibuild::rules {

struct SourceFile {
  std::string path;  // from the source root: "oci/digest.h"
  std::vector<std::string> lines;

  std::string Room() const { return path.substr(0, path.find('/')); }
  bool IsHeader() const { return path.ends_with(".h"); }
};

struct Include {
  std::string target;  // "oci/digest.h", "sys/stat.h"
  bool angle = false;  // <…>
  std::size_t line = 1;
};

// Every .h and .cc of the rooms, sorted; the working directory is the source root.
const std::vector<SourceFile>& RoomSources();
std::vector<Include> IncludesOf(const SourceFile& file);

}  // namespace ibuild::rules
