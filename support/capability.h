// What a thread may do beyond an ordinary user's rights (capabilities(7)).
#pragma once

#include <linux/capability.h>

namespace ibuild {

// Whether the calling thread has CAP_… in effect. Being root says little: somebody may have taken
// the rights away.
bool HasCapability(unsigned capability);

}  // namespace ibuild
