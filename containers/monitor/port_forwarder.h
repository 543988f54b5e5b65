// Published ports: a process that listens on the machine's network and passes every connection on
// to a container.
//
// It begins on the machine's network, where it opens its sockets, and then moves into the network
// namespace from which the container is reached, for good. So it needs no privilege and nothing of
// the machine's configuration. Bytes stay in the kernel (splice(2)). Datagrams are passed on by
// client, and a client that was silent for a minute is forgotten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "containers/model/ports.h"
#include "containers/monitor/helper_process.h"
#include "support/fd.h"

namespace ibuild::containers {

class PortForwarder {
 public:
  PortForwarder() = default;  // forwards nothing
  // Opens the ports; a host port 0 becomes the one that was chosen, and a port without an address
  // is opened for IPv4 and IPv6. Throws what stands in the way: "port is already allocated", a port
  // below 1024 for an ordinary user.
  explicit PortForwarder(const std::vector<PortBinding>& ports);
  PortForwarder(PortForwarder&&) noexcept = default;
  PortForwarder& operator=(PortForwarder&&) noexcept = default;

  const std::vector<PortBinding>& ports() const { return ports_; }

  HelperProcess Start(int net_namespace, std::uint32_t container) const;

 private:
  std::vector<PortBinding> ports_;
  std::vector<UniqueFd> sockets_;
};

}  // namespace ibuild::containers
