// MergedDirectories: which layers take part in each directory of a merged view.
//
// The part of overlayfs's rules that is about directories: a layer takes part in "a/b" when it has
// a directory there, and no layer above it has a whiteout, another kind of file or an opaque
// directory at "a/b" or on the way to it. Answers are kept, so that looking up a file in a known
// directory costs one fstatat(2) a layer that takes part. Safe to share between threads.
#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "layers/diff/whiteout.h"
#include "support/fd.h"

namespace ibuild::layers {

// Indexes of layers, topmost first; none: there is no such directory.
using Contributors = std::vector<std::uint32_t>;

class MergedDirectories {
 public:
  explicit MergedDirectories(const std::vector<UniqueFd>& roots);  // lowest first; must outlive it

  // `path` is relative and lexically normal, "" the root. The reference stays valid.
  const Contributors& Find(std::string_view path) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  const Contributors* FindKnown(std::string_view path) const;
  const Contributors& Learn(const std::string& path, const Contributors& parent) const;
  bool IsOpaqueAt(std::uint32_t layer, const std::string& path) const;

  const std::vector<UniqueFd>& roots_;
  OverlaySpace space_;
  mutable std::shared_mutex mutex_;
  // Never erased from, so references to values stay valid.
  mutable std::unordered_map<std::string, Contributors, TextHash, std::equal_to<>> known_;
};

}  // namespace ibuild::layers
