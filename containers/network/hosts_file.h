// A container's /etc/hosts, which the routers of its networks keep current while it runs.
#pragma once

#include <string>

namespace ibuild::containers {

// Changes what the open file says of one network (see WithSection), in turn with others who do. The
// file stays the same one, because it is mounted in the container; what a reader may see half of
// for an instant is its end.
void RewriteHosts(int file, const std::string& network, const std::string& lines);

// What it says.
std::string ReadHosts(int file);

}  // namespace ibuild::containers
