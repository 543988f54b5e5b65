// Reading a URL for ADD and for contexts that lie on a web server.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>

#include "support/byte_stream.h"

namespace ibuild::registry {
class RegistryClient;
}

namespace ibuild::cli {

using HeaderMap = std::map<std::string, std::string>;  // names in lower case

struct UrlRequest {
  std::string url;
  HeaderMap headers;
  std::uint64_t limit;  // of the body, in bytes
  std::stop_token stop;
};

// Writes what the URL holds into `sink`; returns the answer's headers. A conditional request may be
// answered by nothing: then ":status" is "304". Throws kNotFound, kPermissionDenied, kUnavailable,
// kResourceExhausted for a longer body.
HeaderMap FetchUrl(registry::RegistryClient& client, const UrlRequest& request, ByteSink& sink);

}  // namespace ibuild::cli
