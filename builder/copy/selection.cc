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

// `a/./b/c`: what is below `a`, chosen by the pattern `b/c`. Without a pivot: below the root.
SelectedSource SelectWithParents(const SourceTree& tree, const SourcePattern& pattern) {
  const std::size_t pivot = pattern.text.find("/./");
  const bool has_pivot = pivot != std::string::npos;
  const CleanPath base =
      has_pivot ? CleanPath::Parse(std::string_view(pattern.text).substr(0, pivot)) : CleanPath();
  const std::string_view rest =
      has_pivot ? std::string_view(pattern.text).substr(pivot + 3) : std::string_view(pattern.text);
  const SplitPattern split = SplitAtWildcard(rest);
  std::string wanted = split.prefix.text();
  for (const std::string& element : split.elements) {
    wanted += (wanted.empty() ? "" : "/") + element;
  }
  SelectedSource source;
  source.by_parents = true;
  source.files = CollectFiles(tree, ResolveExisting(tree, base),
                              CopyFilter(pattern.exclude).Including(wanted));
  if (split.elements.empty() && !split.prefix.IsRoot() && source.files.size() == 1) {
    ResolveExisting(tree, base.Join(split.prefix.text()));
  }
  return source;
}

}  // namespace

std::vector<SelectedSource> SelectFiles(const SourceTree& tree, const SourcePattern& pattern) {
  std::vector<SelectedSource> selection;
  if (pattern.parents) {
    selection.push_back(SelectWithParents(tree, pattern));
    return selection;
  }
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
