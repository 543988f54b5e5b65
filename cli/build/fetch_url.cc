#include "cli/build/fetch_url.h"

#include <fmt/format.h>

#include "registry/client/registry_client.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

constexpr std::uint64_t kLargest = 64ull << 30;

Error Refused(const registry::HttpResponse& response) {
  const ErrorKind kind = response.status == 404 || response.status == 410 ? ErrorKind::kNotFound
                         : response.status == 401 || response.status == 403
                             ? ErrorKind::kPermissionDenied
                             : ErrorKind::kUnavailable;
  return Error(kind, fmt::format("the server answers with status {}", response.status));
}

}  // namespace

HeaderMap FetchUrl(registry::RegistryClient& client, const UrlRequest& request, ByteSink& sink) {
  const registry::Url url = registry::Url::Parse(request.url);
  return InContext(fmt::format("fetching {}", url.ToString()), [&] {
    registry::HttpRequest http(registry::Method::kGet, url);
    for (const auto& [name, value] : request.headers) http.headers.Set(name, value);
    http.stop = request.stop;
    registry::HttpResponse response = client.transport_without_credentials().Send(http);
    HeaderMap headers;
    for (const auto& [name, value] : response.headers.all()) headers[ToLower(name)] = value;
    headers[":status"] = std::to_string(response.status);
    if (response.status == 304) return headers;
    if (!response.Ok()) throw Refused(response);
    LimitedSource body(std::move(response.body), kLargest, "the answer");
    Copy(body, sink);
    return headers;
  });
}

}  // namespace ibuild::cli
