// COPY and ADD as a whole: where each source goes in the destination, and going there.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "builder/copy/copy_tree.h"
#include "builder/copy/selection.h"
#include "builder/copy/source_limit.h"
#include "builder/copy/source_tree.h"
#include "builder/copy/upper_writer.h"

namespace ibuild::builder {

struct TreeSelection {
  std::shared_ptr<const SourceTree> tree;
  std::vector<SelectedSource> sources;
};
// A file that comes from no tree: a here-document, a download.
struct LooseFile {
  std::string name;       // in a destination directory
  layers::FileMeta meta;  // mode, time
  std::string content;    // or, when `path` is set, what that file on this machine holds
  std::filesystem::path path;
};
using PreparedSource = std::variant<TreeSelection, LooseFile>;

struct CopyRequest {
  std::vector<PreparedSource> sources;
  std::string destination;  // absolute; a trailing slash means a directory
  CopyAttributes attributes;
  bool unpack_files = false;      // ADD: archives among selected files are unpacked
  bool unpack_downloads = false;  // ADD --unpack: loose files too
  SourceLimit limit;              // of an archive
};

void CopyFiles(const CopyRequest& request, UpperWriter& target);

// WORKDIR: makes the directory and all above it, links followed; existing ones stay as they are.
void MakeWorkingDirectory(const std::string& path, const std::optional<Owner>& owner,
                          UpperWriter& target);

}  // namespace ibuild::builder
