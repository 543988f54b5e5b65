#include "registry/http/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "registry/http/address_class.h"
#include "support/environment.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto value = GetEnvironment(name);
    if (value && !value->empty()) return *value;
  }
  return {};
}

struct AddressBytes {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  // 4 or 16; 0: not an address
};

AddressBytes ParseAddress(std::string_view text) {
  AddressBytes address;
  const std::string name(text);
  if (inet_pton(AF_INET, name.c_str(), address.bytes.data()) == 1) address.size = 4;
  if (inet_pton(AF_INET6, name.c_str(), address.bytes.data()) == 1) address.size = 16;
  return address;
}

bool InBlock(std::string_view block, const std::string& host) {
  const std::size_t slash = block.find('/');
  const AddressBytes network = ParseAddress(block.substr(0, slash));
  const AddressBytes address = ParseAddress(host);
  const auto bits = ParseUnsigned(block.substr(slash + 1));
  if (network.size == 0 || network.size != address.size || !bits) return false;
  if (*bits > network.size * 8) return false;
  const std::size_t whole = *bits / 8;
  if (std::memcmp(network.bytes.data(), address.bytes.data(), whole) != 0) return false;
  const std::size_t rest = *bits % 8;
  if (rest == 0) return true;
  return (network.bytes[whole] >> (8 - rest)) == (address.bytes[whole] >> (8 - rest));
}

bool IsSuffix(std::string_view suffix, std::string_view host) {
  if (suffix.starts_with("*.")) suffix.remove_prefix(1);
  if (suffix.starts_with('.')) return host.ends_with(suffix) || host == suffix.substr(1);
  return host == suffix || (host.size() > suffix.size() && host.ends_with(suffix) &&
                            host[host.size() - suffix.size() - 1] == '.');
}

}  // namespace

ProxySettings ProxySettingsFromEnvironment() {
  ProxySettings settings;
  settings.https_proxy = FirstSet({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  settings.http_proxy = FirstSet({"http_proxy"});
  // In a CGI process HTTP_PROXY is the client's "Proxy:" header (CVE-2016-5385).
  const bool cgi = GetEnvironment("REQUEST_METHOD").has_value();
  if (settings.http_proxy.empty() && !cgi) settings.http_proxy = FirstSet({"HTTP_PROXY"});
  if (settings.http_proxy.empty()) settings.http_proxy = FirstSet({"all_proxy", "ALL_PROXY"});
  settings.no_proxy = FirstSet({"no_proxy", "NO_PROXY"});
  return settings;
}

bool MatchesNoProxyEntry(std::string_view entry, const Origin& origin) {
  const std::string text = ToLower(Trim(entry));
  std::string_view name = text;
  if (name.empty()) return false;
  if (name == "*") return true;
  if (name.find('/') != std::string_view::npos) return InBlock(name, origin.host);
  const std::size_t colon = name.rfind(':');
  const bool has_port = colon != std::string_view::npos && colon == name.find(':');
  if (has_port || (name.starts_with('[') && name.find("]:") != std::string_view::npos)) {
    if (ParseUnsigned(name.substr(colon + 1)) != std::uint64_t{origin.port}) return false;
    name = name.substr(0, colon);
  }
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return IsSuffix(name, origin.host);
}

std::optional<std::string> ChooseProxy(const ProxySettings& settings, const Url& url) {
  const Origin& origin = url.origin();
  const std::string& proxy =
      origin.scheme == Scheme::kHttps ? settings.https_proxy : settings.http_proxy;
  if (proxy.empty() || ClassifyHost(origin.host) == AddressClass::kLoopback) return std::nullopt;
  for (const std::string_view entry : Split(settings.no_proxy, ',')) {
    if (MatchesNoProxyEntry(entry, origin)) return std::nullopt;
  }
  return proxy;
}

}  // namespace ibuild::registry
