// What kind of machine an address names, and where a server may send us.
//
// Registries choose URLs for us: redirects, upload Locations, token realms, Links. A hostile one
// could aim them at services that only this machine can reach (SSRF), such as the metadata address
// 169.254.169.254. The rules: never to a link-local address, never from https to http, and a
// public server may not send us to a private or loopback address. Pure.
#pragma once

#include <sys/socket.h>

#include <string_view>

#include "registry/http/url.h"

namespace ibuild::registry {

enum class AddressClass {
  kUnknown,  // a name, not an address
  kPublic,
  kPrivate,    // RFC 1918, RFC 4193, shared address space
  kLoopback,   // 127/8, ::1, localhost, 0.0.0.0
  kLinkLocal,  // 169.254/16, fe80::/10
};

// Takes names too: "localhost" is loopback, and what inet_aton reads ("2130706433") is an address,
// because the resolver reads it so as well.
AddressClass ClassifyHost(std::string_view host);
AddressClass ClassifyAddress(const sockaddr& address);

// Where a server-chosen connection may end, checked again when a name has been resolved.
enum class PeerRule {
  kAny,          // the user chose this host
  kNoLinkLocal,  // a private server chose it
  kPublicOnly,   // a public server chose it
};
bool Allows(PeerRule rule, AddressClass peer);

// The server at `from`, whose address is of class `peer`, sends us to `to`: the rule for the
// connection. Throws kPermissionDenied when it may not; `what` says what sent us ("redirect").
PeerRule CheckServerChoice(const Url& from, AddressClass peer, const Url& to,
                           std::string_view what);

}  // namespace ibuild::registry
