// A store that stays small by itself: IBUILD_PRUNE, or the file `prune` in ibuild's folder of the
// configuration, says how large the cache may get ("max-used-space=20g,until=14d"). After a build,
// at most once an hour, a process of its own sees to it; nobody waits for it.
#pragma once

#include "cli/settings.h"
#include "layers/store/store.h"

namespace ibuild::cli {

// Throws kUsage for a rule that is none; what else goes wrong is left to the next time.
void KeepStoreSmall(const Settings& settings, const layers::Store& store);

}  // namespace ibuild::cli
