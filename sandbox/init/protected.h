// Which places of a root file system nothing may be mounted on.
#pragma once

namespace ibuild::builder::init {

// False for the root itself, for /dev and every device, for /proc, /sys and what is below them:
// there the sandbox shows itself. Both are descriptors, `target` of something below `root`; asked
// while the host's /proc is still there.
bool MayBeCovered(int root, long target);

}  // namespace ibuild::builder::init
