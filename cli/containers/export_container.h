// A container's files as a tar.
#pragma once

#include <string>

#include "containers/engine/engine.h"

namespace ibuild::cli {

// Into the file `output`, or standard output ("-"), as ResultFile does.
void ExportContainer(const containers::Engine& engine, const containers::Container& container,
                     const std::string& output);

}  // namespace ibuild::cli
