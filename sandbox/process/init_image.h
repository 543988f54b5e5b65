// The program of a sandbox's first process, which is built separately (init/) and carried along.
#pragma once

namespace ibuild::builder {

// A sealed, executable file in memory that holds it; made on first use. A command that gets hold
// of its /proc/PID/exe holds these few kilobytes, never the ibuild of the host (CVE-2019-5736).
int InitImage();

}  // namespace ibuild::builder
