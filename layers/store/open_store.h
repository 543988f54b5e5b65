// The first touch of a store: is it ours, and is it there at all.
#pragma once

#include "layers/store/store_layout.h"

namespace ibuild::layers {

// Makes the store when there is none. Two processes may do so at the same time, and one that is
// killed in between leaves what the next one completes: `version` is written last. Throws
// kPermissionDenied when another user owns the directory, kInvalidInput when it holds something
// that is no store, kUnsupported when a later ibuild made it.
void PrepareStore(const StoreLayout& layout);

}  // namespace ibuild::layers
