#include "builder/plan/expose_ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "support/error.h"
#include "support/hex.h"
#include "support/text.h"

namespace ibuild::builder {
namespace {

constexpr std::uint64_t kMaxPort = 65535;

struct PortRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

[[noreturn]] void Fail(std::string_view what, std::string_view value) {
  throw Error(ErrorKind::kInvalidInput, fmt::format("invalid {}: {}", what, value))
      .WithHint("write EXPOSE PORT, EXPOSE PORT/udp or EXPOSE FIRST-LAST");
}

std::optional<std::uint64_t> ParsePort(std::string_view text) {
  const auto port = ParseUnsigned(text);
  return port && *port <= kMaxPort ? port : std::nullopt;
}

std::optional<PortRange> ParseRange(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = ParsePort(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ParsePort(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

bool IsIpv4(std::string_view address) {
  const std::vector<std::string_view> numbers = Split(address, '.');
  return numbers.size() == 4 && std::ranges::all_of(numbers, [](std::string_view number) {
           return ParseUnsigned(number).value_or(256) < 256;
         });
}

bool IsIpv6Group(std::string_view group) {
  return (group.size() <= 4 && IsHex(group)) || IsIpv4(group);
}

// Roughly: the address is not used for anything.
bool IsIpv6(std::string_view address) {
  const std::vector<std::string_view> groups = Split(address, ':');
  const bool is_shortened = address.find("::") != std::string_view::npos;
  return groups.size() >= 3 && groups.size() <= 9 && (is_shortened || groups.size() == 8) &&
         std::ranges::all_of(groups, IsIpv6Group);
}

void CheckAddress(std::string_view address) {
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  if (!address.empty() && !IsIpv4(address) && !IsIpv6(address)) Fail("IP address", address);
}

// "ip:host" of "ip:host:container", or "host" of "host:container".
void CheckHostSide(std::string_view host_side, const PortRange& container) {
  const std::size_t colon = host_side.rfind(':');
  if (colon != std::string_view::npos) CheckAddress(host_side.substr(0, colon));
  const std::string_view port =
      colon == std::string_view::npos ? host_side : host_side.substr(colon + 1);
  if (port.empty()) return;
  const auto range = ParseRange(port);
  if (!range) Fail("hostPort", port);
  if (range->last - range->first != container.last - container.first &&
      container.first != container.last) {
    Fail("ranges specified for container and host Ports", port);
  }
}

std::string ParseProtocol(std::string_view spec, std::size_t slash) {
  if (slash == std::string_view::npos || slash + 1 == spec.size()) return "tcp";
  std::string protocol = ToLower(spec.substr(slash + 1));
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") Fail("proto", protocol);
  return protocol;
}

}  // namespace

std::vector<std::string> ParseExposedPorts(std::string_view spec) {
  const std::size_t slash = spec.find('/');
  const std::string_view ports = spec.substr(0, slash);
  const std::size_t colon = ports.rfind(':');
  const std::string_view container =
      colon == std::string_view::npos ? ports : ports.substr(colon + 1);
  const auto range = ParseRange(container);
  if (!range) Fail("containerPort", container);
  const std::string protocol = ParseProtocol(spec, slash);
  if (colon != std::string_view::npos) CheckHostSide(ports.substr(0, colon), *range);
  std::vector<std::string> exposed;
  for (std::uint64_t port = range->first; port <= range->last; ++port) {
    exposed.push_back(fmt::format("{}/{}", port, protocol));
  }
  return exposed;
}

}  // namespace ibuild::builder
