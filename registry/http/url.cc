#include "registry/http/url.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

std::uint16_t DefaultPort(Scheme scheme) { return scheme == Scheme::kHttps ? 443 : 80; }

std::string_view SchemeName(Scheme scheme) { return scheme == Scheme::kHttps ? "https" : "http"; }

// Nothing when the text does not begin with "<scheme>://"; takes the prefix off otherwise.
std::optional<std::string> TakeScheme(std::string_view& text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon != text.find_first_of(":/?#")) return std::nullopt;
  std::string scheme = ToLower(text.substr(0, colon));
  text.remove_prefix(colon + 3);
  return scheme;
}

bool IsUrlText(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

bool IsHostText(std::string_view host) {
  return !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") ==
                              std::string_view::npos;
}

bool IsIpv6Text(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
}

// "host", "host:port", "[v6]", "[v6]:port"; nothing when malformed.
std::optional<Origin> ParseAuthority(Scheme scheme, std::string_view authority) {
  Origin origin{scheme, {}, DefaultPort(scheme)};
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    origin.host = ToLower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
    if (!IsIpv6Text(origin.host)) return std::nullopt;
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    origin.host = ToLower(authority.substr(0, end));
    port = authority.substr(end);
    if (!IsHostText(origin.host)) return std::nullopt;
  }
  if (port.empty()) return origin;
  const auto number = ParseUnsigned(port.substr(1));
  if (port.front() != ':' || !number || *number == 0 || *number > 65535) return std::nullopt;
  origin.port = static_cast<std::uint16_t>(*number);
  return origin;
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// "a=1&b=2" as "a=****&b=****".
std::string HideValues(std::string_view query) {
  std::vector<std::string> parts;
  for (const std::string_view part : Split(query, '&')) {
    const std::size_t equals = part.find('=');
    const bool has_value = equals != std::string_view::npos;
    parts.push_back(has_value ? std::string(part.substr(0, equals)) + "=****" : std::string(part));
  }
  return Join(parts, "&");
}

}  // namespace

std::string Origin::Authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == DefaultPort(scheme) ? name : fmt::format("{}:{}", name, port);
}

std::string Origin::ToString() const {
  return fmt::format("{}://{}", SchemeName(scheme), Authority());
}

Url::Url(Origin origin, std::string path, std::string query)
    : origin_(std::move(origin)), path_(std::move(path)), query_(std::move(query)) {
  if (path_.empty()) path_ = "/";
}

std::optional<Url> Url::TryParse(std::string_view text) {
  if (!IsUrlText(text) || text.size() > 16384) return std::nullopt;
  const auto scheme = TakeScheme(text);
  if (!scheme || (*scheme != "http" && *scheme != "https")) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  auto origin =
      ParseAuthority(*scheme == "https" ? Scheme::kHttps : Scheme::kHttp, text.substr(0, path));
  if (!origin) return std::nullopt;
  const std::size_t query = std::min(text.find('?'), text.size());
  return Url(std::move(*origin), std::string(text.substr(path, query - path)),
             query < text.size() ? std::string(text.substr(query + 1)) : std::string());
}

Url Url::Parse(std::string_view text) {
  auto url = TryParse(text);
  // The text itself may hold a password or a signature, so the message does not repeat it.
  if (!url) throw Error(ErrorKind::kInvalidInput, "not a usable http or https URL");
  return *url;
}

Url Url::Resolve(std::string_view reference) const {
  std::string_view rest = reference;
  if (TakeScheme(rest)) return Parse(reference);
  if (reference.starts_with("//")) {
    return Parse(std::string(SchemeName(origin_.scheme)) + ":" + std::string(reference));
  }
  std::string base = origin_.ToString();
  if (reference.starts_with('/')) return Parse(base + std::string(reference));
  if (reference.starts_with('?') || reference.empty()) {
    return Parse(base + path_ + std::string(reference));
  }
  return Parse(base + path_.substr(0, path_.rfind('/') + 1) + std::string(reference));
}

Url Url::WithPath(std::string path) const { return Url(origin_, std::move(path), {}); }

Url Url::WithParameter(std::string_view name, std::string_view value) const {
  Url result = *this;
  if (!result.query_.empty()) result.query_ += '&';
  result.query_ += fmt::format("{}={}", name, PercentEncode(value));
  return result;
}

std::string Url::Wire() const {
  std::string text = origin_.ToString() + path_;
  if (!query_.empty()) text += "?" + query_;
  return text;
}

std::string Url::ToString() const {
  std::string text = origin_.ToString() + path_;
  if (!query_.empty()) text += "?" + HideValues(query_);
  return text;
}

std::string PercentEncode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace ibuild::registry
