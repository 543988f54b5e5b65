// How much disk a file or tree takes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ibuild::layers {

// Allocated bytes, hard links once, links not followed. Directories that may not be read count for
// themselves only; what is missing is 0.
std::uint64_t SizeOnDisk(const std::filesystem::path& path);

}  // namespace ibuild::layers
