#include "cli/building/fetch_url.h"

#include <fmt/format.h>

#include "builder/copy/source_limit.h"
#include "registry/client/registry_client.h"
#include "registry/http/retry.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

Error Refused(const registry::HttpResponse& response) {
  const ErrorKind kind = response.status == 404 || response.status == 410 ? ErrorKind::kNotFound
                         : response.status == 401 || response.status == 403
                             ? ErrorKind::kPermissionDenied
                             : ErrorKind::kUnavailable;
  const std::string message = fmt::format("the server answers with status {}", response.status);
  if (registry::Classify(response) != registry::AnswerClass::kThrottled) {
    return Error(kind, message);
  }
  Error error(kind, message + " and " + registry::DescribeThrottle(response));
  error.AddHint(registry::ThrottleHint(response));
  return error;
}

// What is announced as too long need not be read.
void CheckLength(const registry::HttpResponse& response, std::uint64_t limit) {
  const auto length = registry::ContentLength(response.headers);
  if (!length || *length <= limit) return;
  throw Error(
      ErrorKind::kResourceExhausted,
      fmt::format("the file has {}, more than {}", FormatByteSize(*length), FormatByteSize(limit)))
      .WithHint(builder::kSourceLimitHint);
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
    CheckLength(response, request.limit);
    LimitedSource body(std::move(response.body), request.limit, "the answer");
    try {
      Copy(body, sink);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::kResourceExhausted) error.AddHint(builder::kSourceLimitHint);
      throw;
    }
    return headers;
  });
}

}  // namespace ibuild::cli
