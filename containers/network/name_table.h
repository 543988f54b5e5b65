// What a container's /etc/hosts says, for its name server. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ibuild::containers {

// The mark of the part of /etc/hosts that is about one network.
inline constexpr std::string_view kNetworkMark = "# network ";

class NameTable {
 public:
  explicit NameTable(std::string_view hosts);

  // Every IPv4 address of the name (lower case), which may be followed by a dot and the name of its
  // network. Empty: there is no such name.
  std::vector<std::uint32_t> AddressesOf(std::string_view name) const;
  // The first name of whoever has the address on a network, with the name of that network; empty:
  // nobody has.
  std::string NameOf(std::uint32_t address) const;

 private:
  struct Line {
    std::uint32_t address;
    std::string network;  // empty: of no network of ours
    std::vector<std::string> names;
  };
  std::vector<Line> lines_;
};

}  // namespace ibuild::containers
