// The files of an archive that is being imported, by name: from a tar or from a directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "layers/store/store.h"
#include "oci/descriptor.h"
#include "support/clean_path.h"

namespace ibuild::layers {

class ArchiveFiles {
 public:
  virtual ~ArchiveFiles() = default;
  // Nothing when there is no such regular file. Symbolic links are followed inside the archive.
  virtual std::optional<std::string> Read(const CleanPath& path, std::size_t limit) = 0;
  // Makes the file a blob of the store and describes it (without media type).
  virtual std::optional<oci::Descriptor> Keep(const CleanPath& path) = 0;
};

// Throws kInvalidInput when `path` is neither a directory nor a tar.
std::unique_ptr<ArchiveFiles> OpenArchiveFiles(Store& store, const std::filesystem::path& path);

}  // namespace ibuild::layers
