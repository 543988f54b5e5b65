// Names of this system's users.
#pragma once

#include <sys/types.h>

#include <string>

namespace ibuild {

// The number itself for an id that has none.
std::string UserName(uid_t uid);

}  // namespace ibuild
