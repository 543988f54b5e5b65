// Url: an http or https address, parsed once (RFC 3986).
//
// Always absolute, with a host in lower case, without user information and without a fragment;
// ASCII without blanks and control characters. Path and query keep their bytes: an upload URL's
// opaque `_state` must go back exactly as it came. Printing hides the values of the query, which
// is where signed URLs keep their secrets.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ibuild::registry {

enum class Scheme { kHttp, kHttps };

// What a credential is bound to. The port is explicit: https://r and https://r:443 are equal.
struct Origin {
  Scheme scheme = Scheme::kHttps;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 443;

  std::string Authority() const;  // "host", "host:5000", "[::1]:5000": the default port left out
  std::string ToString() const;   // "https://host:5000"
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

class Url {
 public:
  static Url Parse(std::string_view text);  // throws kInvalidInput
  static std::optional<Url> TryParse(std::string_view text);

  const Origin& origin() const { return origin_; }
  const std::string& path() const { return path_; }    // "/v2/", at least "/"
  const std::string& query() const { return query_; }  // without "?"

  // What a relative reference means from here (RFC 3986 5.2): absolute, "//host/…", "/path",
  // "?query" and "name". Throws kInvalidInput.
  Url Resolve(std::string_view reference) const;
  Url WithPath(std::string path) const;  // and without query
  // Appends name=value, the value percent-encoded, to the query as it is.
  Url WithParameter(std::string_view name, std::string_view value) const;

  std::string Wire() const;      // the bytes to request
  std::string ToString() const;  // for people: query values as ****

  friend bool operator==(const Url&, const Url&) = default;

 private:
  Url(Origin origin, std::string path, std::string query);

  Origin origin_;
  std::string path_;
  std::string query_;
};

// Everything but letters, digits and "-._~" becomes %XX.
std::string PercentEncode(std::string_view text);

}  // namespace ibuild::registry
