#include "registry/http/address_class.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <string>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

struct Ipv4Block {
  std::uint32_t network;
  int bits;
  AddressClass kind;
};

constexpr std::array kIpv4Blocks = {
    Ipv4Block{0x00000000, 8, AddressClass::kLoopback},  // "this host" reaches loopback on Linux
    Ipv4Block{0x7f000000, 8, AddressClass::kLoopback},
    Ipv4Block{0xa9fe0000, 16, AddressClass::kLinkLocal},
    Ipv4Block{0x0a000000, 8, AddressClass::kPrivate},
    Ipv4Block{0xac100000, 12, AddressClass::kPrivate},
    Ipv4Block{0xc0a80000, 16, AddressClass::kPrivate},
    Ipv4Block{0x64400000, 10, AddressClass::kPrivate},
};

AddressClass ClassifyIpv4(std::uint32_t address) {
  for (const Ipv4Block& block : kIpv4Blocks) {
    if ((address >> (32 - block.bits)) == (block.network >> (32 - block.bits))) return block.kind;
  }
  return AddressClass::kPublic;
}

AddressClass ClassifyIpv6(const in6_addr& address) {
  const std::uint8_t* bytes = address.s6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address)) {
    return AddressClass::kLoopback;
  }
  if (IN6_IS_ADDR_LINKLOCAL(&address)) return AddressClass::kLinkLocal;
  if ((bytes[0] & 0xfe) == 0xfc || IN6_IS_ADDR_SITELOCAL(&address)) return AddressClass::kPrivate;
  const bool nat64 = bytes[0] == 0x00 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b;
  if (IN6_IS_ADDR_V4MAPPED(&address) || IN6_IS_ADDR_V4COMPAT(&address) || nat64) {
    std::uint32_t embedded = 0;
    std::memcpy(&embedded, bytes + 12, sizeof(embedded));
    return ClassifyIpv4(ntohl(embedded));
  }
  return AddressClass::kPublic;
}

bool IsLocal(AddressClass kind) {
  return kind == AddressClass::kPrivate || kind == AddressClass::kLoopback ||
         kind == AddressClass::kLinkLocal;
}

[[noreturn]] void Refuse(std::string_view what, const Url& from, const Url& to,
                         std::string_view reason) {
  throw Error(ErrorKind::kPermissionDenied,
              fmt::format("refusing the {} from {} to {}: {}", what, from.origin().ToString(),
                          to.origin().ToString(), reason));
}

}  // namespace

AddressClass ClassifyHost(std::string_view host) {
  std::string name = ToLower(host);
  if (name.ends_with('.')) name.pop_back();
  if (name == "localhost" || name.ends_with(".localhost")) return AddressClass::kLoopback;
  in_addr v4{};
  if (inet_aton(name.c_str(), &v4) == 1) return ClassifyIpv4(ntohl(v4.s_addr));
  in6_addr v6{};
  if (inet_pton(AF_INET6, name.c_str(), &v6) == 1) return ClassifyIpv6(v6);
  return AddressClass::kUnknown;
}

AddressClass ClassifyAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    return ClassifyIpv4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    return ClassifyIpv6(v6.sin6_addr);
  }
  return AddressClass::kUnknown;
}

bool Allows(PeerRule rule, AddressClass peer) {
  switch (rule) {
    case PeerRule::kAny:
      return true;
    case PeerRule::kNoLinkLocal:
      return peer != AddressClass::kLinkLocal;
    case PeerRule::kPublicOnly:
      return !IsLocal(peer);
  }
  return false;
}

PeerRule CheckServerChoice(const Url& from, AddressClass peer, const Url& to,
                           std::string_view what) {
  if (from.origin() == to.origin()) return PeerRule::kAny;
  if (from.origin().scheme == Scheme::kHttps && to.origin().scheme == Scheme::kHttp) {
    Refuse(what, from, to, "it would leave TLS");
  }
  if (peer == AddressClass::kUnknown) peer = ClassifyHost(from.origin().host);
  const PeerRule rule = IsLocal(peer) ? PeerRule::kNoLinkLocal : PeerRule::kPublicOnly;
  if (!Allows(rule, ClassifyHost(to.origin().host))) {
    Refuse(what, from, to, "a server may not send us to such an address");
  }
  return rule;
}

}  // namespace ibuild::registry
