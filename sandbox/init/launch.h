// From a finished setup to the running command.
#pragma once

#include "sandbox/init/setup.h"

namespace ibuild::builder::init {

// Starts the command as this identity; with kFirstProcess in our own place, without return. Its
// pid, or minus errno after sending kLaunchFailed. What fails in the child is reported by the
// child.
long StartCommand(const ProgramView& program, wire::Identity* identity);

}  // namespace ibuild::builder::init
