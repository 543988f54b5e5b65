// Seeing what was built through to the disk without waiting for it.
//
// A sync of the file system takes milliseconds when nothing else is written and seconds when much
// is, so a build that gave a name does not wait: it starts `ibuild sync` as a child that outlives
// it. If the power fails first, the next boot finds the layers marked (LayerStore).
#pragma once

#include "cli/wiring.h"

namespace ibuild::cli {

// Nothing happens when nothing is unsynced, or when the child cannot be started: then the next
// build or prune sees to it.
void SyncLater(Wiring& wiring);

}  // namespace ibuild::cli
