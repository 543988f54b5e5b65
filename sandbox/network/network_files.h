// The text of a sandbox's /etc/hosts and /etc/resolv.conf. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ibuild::builder {

// localhost and the host name, then the lines of `extra` ("IP\tname"), as Docker writes them.
std::string HostsFile(std::string_view hostname, const std::vector<std::string>& extra);

// What a sandbox that shares the host's network uses of the host's file: all that means something.
std::string ResolvConf(std::string_view host_file);

// The same with this name server instead of the host's, which may be out of reach.
std::string ResolvConfFor(std::string_view name_server, std::string_view host_file);

}  // namespace ibuild::builder
