// Which sessions of a store belong to living processes, what those and containers use, and what the
// dead left.
#pragma once

#include <cstdint>
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

// What is in a directory of the store; nothing when it is not there.
std::vector<std::filesystem::path> EntriesOf(const std::filesystem::path& directory);

// Removes the leases of the dead, their locks and their staging; what may not be removed yet (files
// of other owners, outside the user namespace) goes into the trash. Never throws: it is done by the
// way.
void RemoveWhatTheDeadLeft(const StoreLayout& layout) noexcept;

// Removes the files of locks (KeyLock) that nobody holds: whoever was killed holding one.
void RemoveUnheldLocks(const StoreLayout& layout);

// Deletes what is in trash/ as far as that is possible; bytes on disk that came free.
std::uint64_t EmptyTrash(const StoreLayout& layout) noexcept;

// The session that a name in ingest/ belongs to.
std::string_view SessionOfStaging(std::string_view name);

}  // namespace ibuild::layers
