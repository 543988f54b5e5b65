// A copy of an overlayfs upper directory as it is, with whiteouts and overlayfs's own attributes.
#pragma once

#include <filesystem>

namespace ibuild::containers {

// `target` exists and is empty. Hard links become files of their own; sockets are left out. Needs
// root (of a user namespace).
void CopyUpper(const std::filesystem::path& source, const std::filesystem::path& target);

}  // namespace ibuild::containers
