// The file that an operand names, for what is read more than once, or here and there: standard
// input ("-"), a pipe and a device are copied into the store's staging first.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/staging_dir.h"
#include "layers/store/store.h"

namespace ibuild::cli {

class InputFile {
 public:
  // Throws kUsage when standard input is a terminal.
  InputFile(layers::Store& store, const std::string& operand);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::optional<StagingDir> spool_;
  std::filesystem::path path_;
};

}  // namespace ibuild::cli
