// Which kind of owners the files of a store have: those that the image wants, or recorded ones
// (support/recorded_owner.h). Whoever writes layers first decides; a layer directory of the one
// kind means nothing to a process of the other.
#pragma once

#include <optional>

#include "layers/store/store_session.h"

namespace ibuild::layers {

enum class StoreOwners { kReal, kRecorded };

// Nothing: no layer has been written yet, or none since stores remember it.
std::optional<StoreOwners> FindStoreOwners(const StoreSession& session);
void KeepStoreOwners(const StoreSession& session, StoreOwners owners);

}  // namespace ibuild::layers
