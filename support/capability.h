// What a thread may do beyond an ordinary user's rights (capabilities(7)).
#pragma once

#include <linux/capability.h>

#include <cstdint>

namespace ibuild {

// Whether the calling thread has CAP_… in effect. Being root says little: somebody may have taken
// the rights away.
bool HasCapability(unsigned capability);

// The calling thread keeps those of the mask that it has, and hands none on. Throws kSystem.
void KeepCapabilities(std::uint64_t mask);

}  // namespace ibuild
