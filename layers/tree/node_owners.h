// The recorded owners of links and fifos on disk (support/recorded_owner.h).
//
// They can carry no attribute, so a layer directory that has such files with owners other than 0:0
// has a table beside it: "uid:gid path" per file, each ended by a NUL. It is written when the layer
// is published and read into the table of the process when somebody opens the directory.
#pragma once

#include <filesystem>

namespace ibuild::layers {

// `root`: descriptor of an open layer directory (.../diff). Nothing where owners are not recorded.
void LoadNodeOwners(int root);
// Writes the table of `directory` (.../diff), if there is anything to write.
void SaveNodeOwners(const std::filesystem::path& directory);

}  // namespace ibuild::layers
