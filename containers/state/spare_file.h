// Room that is kept for a small file that must be written when the disk is full, too: what became
// of a container, and that it is to end.
#pragma once

#include <filesystem>
#include <string_view>

namespace ibuild::containers {

// As good as it goes: without room there is no spare file.
void KeepSpare(const std::filesystem::path& spare);

// Replaces `file` in one step by what was the spare file, and keeps another one. False: there is
// none, or it is too small.
bool WriteIntoSpare(const std::filesystem::path& spare, const std::filesystem::path& file,
                    std::string_view content);

}  // namespace ibuild::containers
