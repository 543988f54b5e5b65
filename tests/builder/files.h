// Small trees of files for tests, and what became of them.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "layers/tree/layered_tree.h"
#include "support/clean_path.h"
#include "support/error.h"
#include "support/files.h"

namespace ibuild::builder {

// Writes a file below `root`, with the directories it needs, and mode `mode`.
inline void Write(const std::filesystem::path& root, const std::string& path,
                  std::string_view content, mode_t mode = 0644) {
  const auto file = root / path;
  MakeDirectories(file.parent_path());
  WriteFileAtomically(file, content, mode);
}

inline void SetTime(const std::filesystem::path& file, std::int64_t seconds) {
  const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0}, {.tv_sec = seconds, .tv_nsec = 0}};
  if (::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) ThrowErrno("utimensat");
}

// Who runs the test counts as root: an ordinary user owns what root would own.
inline unsigned ShownId(unsigned id, unsigned own) { return id == own ? 0 : id; }

// One line a file, depth first: "d 755 0:0 dir", "f 644 0:0 dir/file", "l dir/link -> file".
inline std::string ListTree(const layers::LayeredTree& tree) {
  std::string text;
  std::vector<CleanPath> pending = {CleanPath()};
  while (!pending.empty()) {
    const CleanPath directory = pending.back();
    pending.pop_back();
    for (const layers::TreeNode& node : tree.List(directory)) {
      const bool is_directory = node.meta.type == layers::FileType::kDirectory;
      const bool is_link = node.meta.type == layers::FileType::kSymlink;
      char line[64];
      std::snprintf(line, sizeof line, "%c %o %u:%u ",
                    is_directory ? 'd'
                    : is_link    ? 'l'
                                 : 'f',
                    is_link ? 0777U : node.meta.mode, ShownId(node.meta.uid, ::geteuid()),
                    ShownId(node.meta.gid, ::getegid()));
      text += line + node.path.text();
      if (is_link) text += " -> " + node.meta.link_target;
      text += "\n";
      if (is_directory) pending.push_back(node.path);
    }
  }
  return text;
}

}  // namespace ibuild::builder
