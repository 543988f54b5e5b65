// -v, --mount and --tmpfs: what of the machine appears where in a container.
#pragma once

#include <string>

#include "containers/model/container.h"

namespace ibuild::cli {

// "[SOURCE:]TARGET[:ro|rw|nocopy|z|Z,…]": SOURCE is a path of this machine ("/x", "./x", "~/x") or
// the name of a volume. A path that is not there is made, as Docker does it. Throws kUsage.
containers::MountConfig ParseVolumeOption(const std::string& text);

// "type=bind|volume|tmpfs,source=…,target=…[,readonly]…". Throws kUsage, also for a source that is
// not there.
containers::MountConfig ParseMountOption(const std::string& text);

// "TARGET[:size=64m,mode=1777]".
containers::MountConfig ParseTmpfsOption(const std::string& text);

}  // namespace ibuild::cli
