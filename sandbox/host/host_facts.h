// What this machine allows, found out once per process.
#pragma once

#include <string>

#include "sandbox/spec/compile_setup.h"

namespace ibuild::builder {

// Reads /proc and /sys. Ask after EnterUserNamespace().
HostFacts FindHostFacts();

// What steps see in /proc, found out without trying: a user namespace gets a fresh one only where
// nothing covers parts of the visible one.
std::string DescribeProc(bool in_user_namespace);
// The same where a fresh one is refused.
std::string DescribeSharedProc();

// Whether a step can be kept from others although it sees them in /proc: by a Landlock domain that
// leaves files alone (Linux 5.19).
bool CanIsolateProcesses();

}  // namespace ibuild::builder
