// Standard input as a file, for what must be read more than once.
#pragma once

#include <filesystem>

namespace ibuild::cli {

// Writes all of standard input to `path`; returns `path`. Throws kUsage when it is a terminal.
std::filesystem::path SpoolStandardInput(const std::filesystem::path& path);

}  // namespace ibuild::cli
