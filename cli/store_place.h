// Where a store is kept when nobody says where, and where it is when the place is somebody else's.
#pragma once

#include <filesystem>
#include <optional>

namespace ibuild::cli {

// A variable that names a place; an empty one is no answer.
std::optional<std::filesystem::path> DirectoryFrom(const char* variable);

// IBUILD_ROOT, else /var/lib/ibuild for root and $XDG_DATA_HOME/ibuild (~/.local/share/ibuild) for
// others; where that cannot be written, /var/tmp/ibuild-UID.
std::filesystem::path DefaultStore(const std::filesystem::path& home);

// In a directory of our own below `wanted` when that is somebody else's who lets us write (a shared
// volume, /tmp).
std::filesystem::path OwnStore(const std::filesystem::path& wanted);

}  // namespace ibuild::cli
