// What this machine allows, found out once per process.
#pragma once

#include "sandbox/spec/compile_setup.h"

namespace ibuild::builder {

// Reads /proc and /sys. Ask after EnterUserNamespace().
HostFacts FindHostFacts();

}  // namespace ibuild::builder
