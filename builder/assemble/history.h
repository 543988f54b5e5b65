// The history of an image and its times (image-spec config.md "history"; the rules are
// BuildKit's).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"

namespace ibuild::builder {

// Base images come with fewer or more entries for layers than they have layers: entries are added,
// or marked empty from the oldest on, until the counts agree.
void FitHistory(std::vector<oci::HistoryEntry>& history, std::size_t layers);

// Gives entries without a time one: the time of the layer before them among the new ones, or of
// the first new layer when they come first; without any new layer, the last time there is. `now`
// when there is none at all. The first `base_entries` are never changed.
void FillTimes(std::vector<oci::HistoryEntry>& history, std::size_t base_entries,
               const std::string& now);

// The newest time in the history; nothing when there is none.
std::optional<std::string> NewestTime(const std::vector<oci::HistoryEntry>& history);

}  // namespace ibuild::builder
