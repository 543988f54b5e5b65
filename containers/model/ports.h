// Published ports: what -p says, and how they are shown. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::containers {

struct PortBinding {
  std::string host_address;     // empty: every address
  std::uint16_t host_port = 0;  // 0: one that is free
  std::uint16_t container_port = 0;
  std::string protocol = "tcp";  // or "udp"

  friend bool operator==(const PortBinding&, const PortBinding&) = default;
};

// "[IP:][HOST:]CONTAINER[/tcp|/udp]"; HOST and CONTAINER may be ranges of one length ("80-82").
// Throws kUsage.
std::vector<PortBinding> ParsePublish(std::string_view text);

// "80/tcp"; a missing protocol is tcp. Throws kUsage.
PortBinding ParseExposed(std::string_view text);
std::string ExposedName(const PortBinding& port);  // "80/tcp"
std::string HostPlace(const PortBinding& port);    // "0.0.0.0:8080", "[::]:8080"

// As `ps` shows them: "0.0.0.0:8080->80/tcp, 443/tcp", published ones first.
std::string DescribePorts(const std::vector<PortBinding>& published,
                          const std::vector<std::string>& exposed);

}  // namespace ibuild::containers
