// Which files one source of COPY or ADD stands for (Dockerfile reference, "COPY").
//
// A selection is made once, before the cache is asked: its digest is what the key holds, and when
// the step has to run the same list is copied.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/copy/selected_files.h"
#include "builder/copy/source_tree.h"
#include "parser/pattern/ignore_file.h"
#include "parser/pattern/path_pattern.h"

namespace ibuild::builder {

// What the user wrote about one source.
struct SourcePattern {
  std::string text;      // path or wildcard pattern, relative to the tree's root
  bool parents = false;  // --parents: keep the path, `/./` is where it begins
  std::vector<std::string> exclude;
};

// A file, or a directory with what is taken from it; the first of `files` is the source itself, a
// directory comes before what it holds.
struct SelectedSource {
  std::string name;  // last element of the path as matched, before links were followed
  SelectedFiles files;
  bool by_parents = false;

  const SourceEntry& root() const { return files.front().entry; }
  bool IsDirectory() const { return root().meta.type == layers::FileType::kDirectory; }
  // Of one of `files`, below the source; of the source itself: empty.
  std::string_view RelativePath(const SelectedFile& file) const;
};

// Whether a source has more `..` than names before them. At the root they stay at the root, so that
// what is looked for is not what was meant.
bool LeadsOut(std::string_view text);

// One for each match, in byte order. A pattern with wildcards may match nothing; a plain path that
// does not exist throws kNotFound `"/nope": not found`.
std::vector<SelectedSource> SelectFiles(const SourceTree& tree, const SourcePattern& pattern);

// Names everything of the selection that a copy would carry over, but for times: relative paths,
// types, modes, owners, link targets, devices, xattrs, data, hard links.
Sha256Value DigestSelection(const SourceTree& tree, const std::vector<SelectedSource>& selection);

}  // namespace ibuild::builder
