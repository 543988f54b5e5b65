// A fresh directory for one test, removed after it; in memory where the machine has such a place,
// so that suites with many files do not wait for a disk.
#pragma once

#include <filesystem>

#include "support/files.h"

namespace ibuild {

class ScratchDir {
 public:
  ScratchDir() : directory_(Parent(), "ibuild-test-") {}

  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  static std::filesystem::path Parent() {
    const std::filesystem::path memory = "/dev/shm";
    std::error_code ignored;
    const bool there = std::filesystem::is_directory(memory, ignored);
    return there ? memory : std::filesystem::temp_directory_path();
  }

  TempDir directory_;
};

}  // namespace ibuild
