// Finding a place in the unified hierarchy below which groups with limits can be made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sandbox/host/cgroup_host.h"

namespace ibuild::builder {

// A directory whose children have `controller` ("memory"): our own group; or, since a group whose
// children have controllers may hold no processes itself, our own group after this process moved
// into a child of it; or, for root, a group of ours at the top. Throws kUnsupported with what to do
// when there is none.
std::filesystem::path UnifiedParent(const CgroupHost& host, const std::string& controller);

// Lets the groups below `group` have the controller. 0 or an errno; ENODEV: it has none itself.
int EnableBelow(const std::filesystem::path& group, const std::string& controller);

// mkdir; and a write of one value. Errors name the file, and for EACCES say how to get delegation.
void MakeGroup(const std::filesystem::path& group);
void WriteControl(const std::filesystem::path& file, const std::string& value);

}  // namespace ibuild::builder
