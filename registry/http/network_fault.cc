#include "registry/http/network_fault.h"

#include <fmt/format.h>

#include "support/text.h"

namespace ibuild::registry {
namespace {

// OpenSSL's and GnuTLS' words for bytes that are no TLS record: the peer speaks plain HTTP.
bool SpeaksPlainText(std::string_view detail) {
  for (const std::string_view words :
       {"wrong version number", "http request", "packet length too long", "unknown protocol",
        "unexpected TLS packet", "record packet with illegal version"}) {
    if (detail.find(words) != std::string_view::npos) return true;
  }
  return false;
}

NetworkFault FaultOf(CURLcode code, std::string_view detail) {
  switch (static_cast<int>(code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return NetworkFault::kResolve;
    case CURLE_COULDNT_CONNECT:
      return NetworkFault::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
      return NetworkFault::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
      return SpeaksPlainText(detail) ? NetworkFault::kNotTls : NetworkFault::kTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return NetworkFault::kCertificate;
    default:
      return NetworkFault::kBroken;
  }
}

std::string HintFor(NetworkFault fault, const std::string& host) {
  switch (fault) {
    case NetworkFault::kResolve:
      return fmt::format("check the name {}, and this machine's network", host);
    case NetworkFault::kConnect:
      return fmt::format("is the server at {} running, and its port right?", host);
    case NetworkFault::kNotTls:
      return fmt::format(
          "the server at {0} speaks plain HTTP; if that is meant, pass `--insecure-registry {0}`",
          host);
    case NetworkFault::kCertificate:
      return fmt::format(
          "if a private authority signed it, name the authority's certificate with `--ca-file`, or "
          "put it into ~/.config/containers/certs.d/{}/ca.crt",
          host);
    case NetworkFault::kTls:
    case NetworkFault::kTimeout:
    case NetworkFault::kStalled:
    case NetworkFault::kBroken:
      return {};
  }
  return {};
}

}  // namespace

NetworkError MakeNetworkError(CURLcode code, std::string_view detail, const Url& url) {
  const NetworkFault fault = FaultOf(code, detail);
  NetworkError error(fault, fmt::format("{}: {}", url.origin().ToString(), PrintableText(detail)));
  if (std::string hint = HintFor(fault, url.origin().Authority()); !hint.empty()) {
    error.AddHint(std::move(hint));
  }
  return error;
}

}  // namespace ibuild::registry
