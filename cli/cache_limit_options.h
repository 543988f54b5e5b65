// The options that say how much of the build cache goes, and their removal: what `prune` and
// `builder prune` share.
#pragma once

#include <string>

#include "cli/options.h"
#include "layers/store/cache_limits.h"
#include "layers/store/reclaim.h"

namespace ibuild::cli {

class CacheLimitOptions {
 public:
  // --filter until=AGE, --max-used-space, --keep-storage, --reserved-space, --min-free-space.
  // `reserved_alone_trims`: as buildx has it, the cache is trimmed to a --reserved-space alone.
  void Declare(OptionSet& options, bool reserved_alone_trims = false);

  bool IsEmpty() const { return text_.empty(); }
  // Removes by the limits, or what `without` says where there are none, and notes in the store who
  // did it: `command`, a command line without the limits.
  layers::PruneReport Remove(layers::Store& store, const layers::PruneOptions& without,
                             const std::string& command) const;

 private:
  void Add(const std::string& text);
  layers::CacheLimits Limits(bool whole_cache) const;  // `whole_cache`: else all of it goes

  std::string text_;  // as in IBUILD_PRUNE
  bool reserved_alone_trims_ = false;
};

}  // namespace ibuild::cli
