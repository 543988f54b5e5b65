#include "builder/copy/collect.h"

#include <utility>

namespace ibuild::builder {
namespace {

using layers::FileType;

// One directory of the walk.
struct Level {
  std::vector<SourceEntry> entries;
  std::size_t next = 0;
  std::optional<SelectedFile> pending;  // the directory itself while nothing below it was taken
  CleanPath relative;
};

class Collector {
 public:
  Collector(const SourceTree& tree, const CopyFilter& filter) : tree_(tree), filter_(filter) {}

  SelectedFiles Run(SourceEntry root) {
    const bool is_directory = root.meta.type == FileType::kDirectory;
    if (is_directory) {
      levels_.push_back(
          Level{.entries = tree_.List(root.path), .next = 0, .pending = {}, .relative = {}});
    }
    files_.Add({.entry = std::move(root), .implied = false});
    while (!levels_.empty()) Step();
    return std::move(files_);
  }

 private:
  void Step() {
    Level& level = levels_.back();
    if (level.next == level.entries.size()) {
      levels_.pop_back();
      return;
    }
    SourceEntry entry = std::move(level.entries[level.next++]);
    const CleanPath relative = level.relative.Child(entry.path.Name());
    const bool is_directory = entry.meta.type == FileType::kDirectory;
    const auto verdict = filter_.Judge(relative.text(), is_directory);
    if (verdict == CopyFilter::Verdict::kSkip) return;
    const bool take = verdict == CopyFilter::Verdict::kTake;
    SelectedFile file{.entry = std::move(entry), .implied = !take};
    std::vector<SourceEntry> below;
    if (is_directory) below = tree_.List(file.entry.path);
    if (take) Take(file);
    if (!is_directory) return;
    Level deeper{.entries = std::move(below), .next = 0, .pending = {}, .relative = relative};
    if (!take) deeper.pending = std::move(file);
    levels_.push_back(std::move(deeper));
  }

  void Take(const SelectedFile& file) {
    for (Level& level : levels_) {
      if (level.pending) files_.Add(*std::exchange(level.pending, std::nullopt));
    }
    files_.Add(file);
  }

  const SourceTree& tree_;
  const CopyFilter& filter_;
  std::vector<Level> levels_;
  SelectedFiles files_;
};

}  // namespace

CopyFilter::CopyFilter(const std::vector<std::string>& exclude)
    : exclude_(parser::IgnoreFile::FromPatterns(exclude)) {}

CopyFilter&& CopyFilter::Including(std::string_view pattern) && {
  include_.emplace(pattern, parser::PatternDialect::kDeep);
  return std::move(*this);
}

CopyFilter::Verdict CopyFilter::Judge(std::string_view path, bool is_directory) const {
  const auto elements = parser::SplitPath(path);
  const bool included = !include_ || include_->MatchesPathOrParent(elements);
  const bool excluded = exclude_.Excluded(path);
  if (included && !excluded) return Verdict::kTake;
  if (!is_directory) return Verdict::kSkip;
  if (excluded && !exclude_.MayIncludeBelow(path)) return Verdict::kSkip;
  if (!included && !include_->MayMatchBelow(elements)) return Verdict::kSkip;
  return Verdict::kDescend;
}

SelectedFiles CollectFiles(const SourceTree& tree, SourceEntry root, const CopyFilter& filter) {
  return Collector(tree, filter).Run(std::move(root));
}

}  // namespace ibuild::builder
