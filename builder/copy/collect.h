// Walks one source of a COPY and lists what it takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/copy/selection.h"

namespace ibuild::builder {

// What of a directory is taken. Paths are relative to the directory; a directory that is not taken
// itself comes along, as implied, when something below it is.
class CopyFilter {
 public:
  // Rules in the language of .dockerignore; throws kInvalidInput for a broken pattern.
  explicit CopyFilter(const std::vector<std::string>& exclude);
  // Takes only what matches, or lies in a directory that matches, `pattern` (`**` crosses slashes).
  CopyFilter&& Including(std::string_view pattern) &&;

  enum class Verdict {
    kSkip,     // neither it nor anything below it
    kTake,     // it, and what the rules leave below it
    kDescend,  // not itself; perhaps something below it
  };
  Verdict Judge(std::string_view path, bool is_directory) const;

 private:
  parser::IgnoreFile exclude_;
  std::optional<parser::PathPattern> include_;
};

// `root` first, then what is taken below it, depth first, byte-sorted.
SelectedFiles CollectFiles(const SourceTree& tree, SourceEntry root, const CopyFilter& filter);

}  // namespace ibuild::builder
