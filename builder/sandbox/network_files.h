// The text of a sandbox's /etc/hosts and /etc/resolv.conf. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::builder {

// localhost and the host name, then the lines of `extra` ("IP\tname"), as Docker writes them.
std::string HostsFile(std::string_view hostname, const std::vector<std::string>& extra);

// What a sandbox that shares the host's network may use of the host's file, whole.
// In a network of its own the host's loopback is out of reach, so name servers there are dropped.
std::string ResolvConf(std::string_view host_file, bool own_network);

// Whether the only name server is systemd-resolved's stub, behind which
// /run/systemd/resolve/resolv.conf names the real ones.
bool OnlyStubResolver(std::string_view host_file);

}  // namespace ibuild::builder
