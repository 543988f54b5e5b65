#include "builder/copy/selection.h"

#include <algorithm>
#include <map>
#include <utility>

#include "builder/copy/collect.h"
#include "support/error.h"
#include "support/suggest.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

using layers::FileType;
using parser::PathPattern;
using parser::PatternDialect;

// A pattern cut where the wildcards begin; what comes before is taken as it stands, escapes
// included.
struct SplitPattern {
  CleanPath prefix;
  std::vector<std::string> elements;  // from the first one with a wildcard on
};

SplitPattern SplitAtWildcard(std::string_view text) {
  std::vector<std::string> elements;
  for (const std::string_view element : Split(text, '/')) {
    if (element.empty() || element == ".") continue;
    if (element != "..") {
      elements.emplace_back(element);
    } else if (!elements.empty()) {
      elements.pop_back();
    }
  }
  const auto first = std::find_if(elements.begin(), elements.end(), parser::HasWildcard);
  SplitPattern split;
  for (auto it = elements.begin(); it != first; ++it) split.prefix = split.prefix.Child(*it);
  split.elements.assign(first, elements.end());
  return split;
}

[[noreturn]] void ThrowMissing(const SourceTree& tree, const CleanPath& path) {
  Error error(ErrorKind::kNotFound, Quote(path.Absolute()) + ": not found");
  std::vector<std::string> names;
  if (const auto parent = ResolveSource(tree, path.Parent())) {
    for (const SourceEntry& entry : tree.List(parent->path)) {
      names.emplace_back(entry.path.Name());
    }
  }
  if (const auto nearest = ClosestMatch(path.Name(), names)) {
    error.AddHint("did you mean `" + path.Parent().Join(*nearest).text() + "`?");
  }
  throw error;
}

SourceEntry ResolveExisting(const SourceTree& tree, const CleanPath& path) {
  auto entry = ResolveSource(tree, path);
  if (!entry) ThrowMissing(tree, path);
  return *std::move(entry);
}

// Links on the way are not entered, links that match are.
std::vector<CleanPath> ExpandWildcards(const SourceTree& tree, const SplitPattern& split) {
  std::vector<CleanPath> matches;
  if (const auto start = ResolveSource(tree, split.prefix)) matches.push_back(start->path);
  for (const std::string& element : split.elements) {
    const PathPattern pattern(element, PatternDialect::kElements);
    std::vector<CleanPath> deeper;
    for (const CleanPath& directory : matches) {
      for (const SourceEntry& entry : tree.List(directory)) {
        if (pattern.Matches(entry.path.Name())) deeper.push_back(entry.path);
      }
    }
    matches = std::move(deeper);
  }
  return matches;
}

SelectedSource SelectOne(const SourceTree& tree, const CleanPath& path, const CopyFilter& filter) {
  SelectedSource source;
  source.name = path.Name();
  source.files = CollectFiles(tree, ResolveExisting(tree, path), filter);
  return source;
}

// The two halves of `a/./b/c`: what is below `a`, chosen by `b/c`. Without a pivot: below the root.
struct PivotedPattern {
  SplitPattern base;
  SplitPattern rest;

  explicit PivotedPattern(std::string_view text) {
    const std::size_t pivot = text.find("/./");
    if (pivot != std::string_view::npos) {
      base = SplitAtWildcard(text.substr(0, pivot));
      text.remove_prefix(pivot + 3);
    }
    rest = SplitAtWildcard(text);
  }

  std::string Wanted() const {
    std::string wanted = rest.prefix.text();
    for (const std::string& element : rest.elements) {
      wanted += (wanted.empty() ? "" : "/") + element;
    }
    return wanted;
  }
};

SelectedSource SelectBelow(const SourceTree& tree, SourceEntry base, const CopyFilter& filter) {
  SelectedSource source;
  source.by_parents = true;
  source.files = CollectFiles(tree, std::move(base), filter);
  return source;
}

// A base with wildcards may match several directories, each of which lends what it has; none need
// have all.
std::vector<SelectedSource> SelectWithParents(const SourceTree& tree,
                                              const SourcePattern& pattern) {
  const PivotedPattern pivoted(pattern.text);
  const CopyFilter filter = CopyFilter(pattern.exclude).Including(pivoted.Wanted());
  std::vector<SelectedSource> selection;
  if (!pivoted.base.elements.empty()) {
    for (const CleanPath& path : ExpandWildcards(tree, pivoted.base)) {
      auto base = ResolveSource(tree, path);
      if (!base || base->meta.type != FileType::kDirectory) continue;
      selection.push_back(SelectBelow(tree, *std::move(base), filter));
    }
    return selection;
  }
  const CleanPath& base = pivoted.base.prefix;
  selection.push_back(SelectBelow(tree, ResolveExisting(tree, base), filter));
  const SplitPattern& rest = pivoted.rest;
  const bool is_plain = rest.elements.empty() && !rest.prefix.IsRoot();
  if (is_plain && selection.front().files.size() == 1) {
    ResolveExisting(tree, base.Join(rest.prefix.text()));
  }
  return selection;
}

}  // namespace

bool LeadsOut(std::string_view text) {
  int depth = 0;
  for (const std::string_view element : Split(text, '/')) {
    if (element.empty() || element == ".") continue;
    depth += element == ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

std::string_view SelectedSource::RelativePath(const SelectedFile& file) const {
  const std::size_t above = root().path.text().size();
  const std::string_view path = file.entry.path.text();
  return path.substr(above == 0 || path.size() == above ? above : above + 1);
}

std::vector<SelectedSource> SelectFiles(const SourceTree& tree, const SourcePattern& pattern) {
  if (pattern.parents) return SelectWithParents(tree, pattern);
  std::vector<SelectedSource> selection;
  const CopyFilter filter(pattern.exclude);
  const SplitPattern split = SplitAtWildcard(pattern.text);
  if (split.elements.empty()) {
    selection.push_back(SelectOne(tree, split.prefix, filter));
    return selection;
  }
  for (const CleanPath& path : ExpandWildcards(tree, split)) {
    selection.push_back(SelectOne(tree, path, filter));
  }
  return selection;
}

}  // namespace ibuild::builder
