// Which sessions of a store belong to living processes, and what those use.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "layers/store/store_layout.h"
#include "oci/digest.h"

namespace ibuild::layers {

struct LiveSessions {
  std::set<std::string, std::less<>> names;
  std::set<oci::Digest> pinned;
  std::vector<std::filesystem::path> dead;  // lease files that nobody holds
};

// Only meaningful while the caller holds StoreLayout::reclaim_lock exclusively: then no lease
// comes or grows.
LiveSessions FindLiveSessions(const StoreLayout& layout);

// The session that a name in ingest/ belongs to.
std::string_view SessionOfStaging(std::string_view name);

}  // namespace ibuild::layers
