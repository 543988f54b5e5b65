// Which proxy a request goes through, by the usual environment variables.
//
// The rules are those of most programs rather than of libcurl alone: HTTP_PROXY counts in upper
// case too (but not in a CGI process, CVE-2016-5385), loopback is never proxied, and no_proxy takes
// names, ".suffix", ports, addresses and CIDR blocks. Pure; the environment is read elsewhere.
#pragma once

#include <optional>
#include <string>

#include "registry/http/url.h"

namespace ibuild::registry {

struct ProxySettings {
  std::string https_proxy;  // for https:// URLs; empty: direct
  std::string http_proxy;   // for http:// URLs
  std::string no_proxy;     // comma-separated exceptions, "*": all
};

ProxySettings ProxySettingsFromEnvironment();

// The proxy's own URL, which may hold a password; nothing: connect directly.
std::optional<std::string> ChooseProxy(const ProxySettings& settings, const Url& url);

// Does one entry of no_proxy name this host?
bool MatchesNoProxyEntry(std::string_view entry, const Origin& origin);

}  // namespace ibuild::registry
