#include "registry/client/host_session.h"

#include "registry/client/endpoints.h"
#include "support/error.h"

namespace ibuild::registry {
namespace {

Url RootUrl(const char* scheme, const oci::RegistryHost& host) {
  return Url::Parse(std::string(scheme) + "://" + host.ApiHost() + "/");
}

// Nobody listens there, or someone who does not speak TLS.
bool MeansNoTls(NetworkFault fault) {
  return fault == NetworkFault::kNotTls || fault == NetworkFault::kConnect ||
         fault == NetworkFault::kBroken;
}

Url BaseOf(Transport& transport, const Upstream& upstream, std::stop_token stop) {
  const oci::RegistryHost& host = upstream.repository.host;
  if (upstream.scheme) return RootUrl(*upstream.scheme == Scheme::kHttp ? "http" : "https", host);
  return FindBase(transport, host, host.IsLoopback() || upstream.insecure, std::move(stop));
}

}  // namespace

HttpResponse DressedTransport::Send(const HttpRequest& request) {
  HttpRequest dressed = request;
  dressed.trust = trust_;
  if (request.url.origin().Authority() == host_) {
    for (const auto& [name, value] : headers_) dressed.headers.Set(name, value);
  }
  return inner_.Send(dressed);
}

HostSession::HostSession(Transport& transport, CredentialSource& credentials,
                         const Upstream& upstream, std::stop_token stop)
    : dressed_(transport, upstream.insecure ? Trust::kAnybody : Trust::kVerified,
               upstream.repository.host.ApiHost(), upstream.headers),
      base_(BaseOf(dressed_, upstream, std::move(stop))),
      transport_(dressed_, credentials, upstream.repository.host, base_) {}

Url FindBase(Transport& transport, const oci::RegistryHost& host, bool may_lack_tls,
             std::stop_token stop) {
  const Url with_tls = RootUrl("https", host);
  if (!may_lack_tls) return with_tls;
  HttpRequest request(Method::kGet, Endpoints::Ping(with_tls));
  request.retry = RetryRule::kOnce;
  request.stop = std::move(stop);
  request.first_byte_timeout = std::chrono::seconds(10);
  try {
    transport.Send(request);
  } catch (const NetworkError& error) {
    if (MeansNoTls(error.fault())) return RootUrl("http", host);
    if (error.fault() == NetworkFault::kResolve) throw;
  }
  return with_tls;
}

}  // namespace ibuild::registry
