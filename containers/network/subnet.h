// IPv4 subnets: their text, which of them is free, and the places in one. Pure.
//
// In a network A.B.0.0/16 the machine is .0.1 and containers are .0.2 and up; the router of the
// network sits at the upper end: .255.1 the bridge itself, .255.2 the way out, .255.3 the name
// server. Smaller networks are divided alike, by their last four addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::containers {

struct Subnet {
  std::uint32_t address = 0;  // host byte order
  int prefix = 0;

  std::uint32_t Mask() const { return prefix == 0 ? 0 : ~0U << (32 - prefix); }
  bool Contains(std::uint32_t other) const { return (other & Mask()) == address; }
  bool Overlaps(const Subnet& other) const {
    return Contains(other.address) || other.Contains(address);
  }

  // The block of the router, the smallest that slirp4netns takes (it wants /25 or more).
  Subnet RouterBlock() const;
  std::uint32_t Machine() const { return address + 1; }
  std::uint32_t Bridge() const { return RouterBlock().address + 1; }
  std::uint32_t Outside() const { return RouterBlock().address + 2; }
  std::uint32_t NameServer() const { return RouterBlock().address + 3; }

  friend bool operator==(const Subnet&, const Subnet&) = default;
};

std::optional<std::uint32_t> ParseAddress(std::string_view text);
std::string FormatAddress(std::uint32_t address);
// "172.20.0.0/16"; bits behind the prefix must be zero. Throws kUsage, also for a prefix that
// leaves no room (longer than /24).
Subnet ParseSubnet(std::string_view text);
std::string FormatSubnet(const Subnet& subnet);

// Of the text of /proc/net/route: what the machine can reach by other ways than its default.
std::vector<Subnet> ParseRoutes(std::string_view proc_net_route);

// 172.17.0.0/16 … 172.31.0.0/16, then 192.168.0.0/20 … in order.
std::vector<Subnet> DefaultSubnets();

// The lowest address for a container. Nothing: all are taken.
std::optional<std::uint32_t> FreeAddress(const Subnet& subnet,
                                         const std::set<std::uint32_t>& taken);

// 02:42 and the four bytes, as Docker makes them.
std::string MacFor(std::uint32_t address);

}  // namespace ibuild::containers
