#include "containers/network/subnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::containers {
namespace {

constexpr int kRouterPrefix = 25;

std::optional<std::uint32_t> ParseHex(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  std::uint32_t value = 0;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'A' && c <= 'F')) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(digit ? c - '0' : c - 'A' + 10);
  }
  return value;
}

// The kernel prints addresses there as it holds them, in network byte order.
std::uint32_t FromKernel(std::uint32_t value) {
  if constexpr (std::endian::native == std::endian::big) return value;
  return __builtin_bswap32(value);
}

}  // namespace

Subnet Subnet::RouterBlock() const {
  const int block = std::max(kRouterPrefix, prefix + 1);
  const std::uint32_t size = 1U << (32 - block);
  // For a /16 that is .255.0/25, whose addresses are easy to tell.
  const std::uint32_t end = address | ~Mask();
  return {prefix <= 23 ? end - 255 : end - size + 1, block};
}

std::optional<std::uint32_t> ParseAddress(std::string_view text) {
  const auto parts = Split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::uint32_t address = 0;
  for (std::string_view part : parts) {
    const auto number = part.size() <= 3 ? ParseUnsigned(part) : std::nullopt;
    if (!number || *number > 255) return std::nullopt;
    address = address << 8 | static_cast<std::uint32_t>(*number);
  }
  return address;
}

std::string FormatAddress(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255,
                     address & 255);
}

Subnet ParseSubnet(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = ParseAddress(text.substr(0, slash));
  const auto prefix =
      slash == std::string_view::npos ? std::nullopt : ParseUnsigned(text.substr(slash + 1));
  if (!address || !prefix || *prefix < 8 || *prefix > 24) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no subnet for containers", Quote(text)))
        .WithHint("write it like `10.5.0.0/16`, with a prefix from /8 to /24");
  }
  const Subnet subnet{*address, static_cast<int>(*prefix)};
  if ((subnet.address & ~subnet.Mask()) != 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} has bits behind its prefix", Quote(text)))
        .WithHint(fmt::format("did you mean {}?",
                              FormatSubnet({subnet.address & subnet.Mask(), subnet.prefix})));
  }
  return subnet;
}

std::string FormatSubnet(const Subnet& subnet) {
  return fmt::format("{}/{}", FormatAddress(subnet.address), subnet.prefix);
}

std::vector<Subnet> ParseRoutes(std::string_view proc_net_route) {
  std::vector<Subnet> routes;
  for (std::string_view line : Split(proc_net_route, '\n')) {
    const auto fields = Split(line, '\t');
    if (fields.size() < 8) continue;
    const auto address = ParseHex(fields[1]);
    const auto mask = ParseHex(fields[7]);
    if (!address || !mask || *mask == 0) continue;
    routes.push_back({FromKernel(*address), std::popcount(*mask)});
  }
  return routes;
}

std::vector<Subnet> DefaultSubnets() {
  std::vector<Subnet> subnets;
  for (std::uint32_t second = 17; second <= 31; ++second) {
    subnets.push_back({172U << 24 | second << 16, 16});
  }
  for (std::uint32_t third = 0; third < 256; third += 16) {
    subnets.push_back({192U << 24 | 168U << 16 | third << 8, 20});
  }
  return subnets;
}

std::optional<std::uint32_t> FreeAddress(const Subnet& subnet,
                                         const std::set<std::uint32_t>& taken) {
  const Subnet router = subnet.RouterBlock();
  for (std::uint32_t address = subnet.address + 2; subnet.Contains(address + 1); ++address) {
    if (!router.Contains(address) && taken.count(address) == 0) return address;
  }
  return std::nullopt;
}

std::string MacFor(std::uint32_t address) {
  return fmt::format("02:42:{:02x}:{:02x}:{:02x}:{:02x}", address >> 24, address >> 16 & 255,
                     address >> 8 & 255, address & 255);
}

}  // namespace ibuild::containers
