// Settings of the kernel that belong to a network namespace (--sysctl net.…).
#pragma once

#include <string>
#include <vector>

namespace ibuild::containers {

// "net.ipv4.ip_forward=1", each. Throws what the kernel says to one that it does not take.
void SetNetworkSysctls(const std::vector<std::string>& settings, int net_namespace);

}  // namespace ibuild::containers
