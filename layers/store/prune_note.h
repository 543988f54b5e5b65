// What the last prune was, so that a build that misses what it took can say so.
#pragma once

#include <optional>
#include <string>

#include "layers/store/store.h"
#include "support/clock.h"

namespace ibuild::layers {

struct PruneNote {
  UnixTime time;
  std::string rule;  // "`ibuild prune --cache`"
};

void NotePrune(const Store& store, const PruneNote& note);
std::optional<PruneNote> LastPrune(const Store& store);

}  // namespace ibuild::layers
