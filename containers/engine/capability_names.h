// Capabilities by their names, as --cap-add and --cap-drop take them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ibuild::containers {

// The default with these added and taken away; "ALL" means all; "CAP_" in front may be left out,
// and case does not count. Throws kUsage for a name that is none.
std::uint64_t CapabilitiesWith(const std::vector<std::string>& added,
                               const std::vector<std::string>& dropped);

}  // namespace ibuild::containers
