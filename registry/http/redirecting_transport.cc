#include "registry/http/redirecting_transport.h"

#include <fmt/format.h>

#include "support/error.h"

namespace ibuild::registry {
namespace {

constexpr int kMostHops = 5;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool IsRead(Method method) { return method == Method::kGet || method == Method::kHead; }

// A body that is worth reading to its end so that the connection can be used again.
void Drain(HttpResponse& response) {
  if (ContentLength(response.headers).value_or(1u << 20) > 16384) return;
  std::byte scratch[4096];
  try {
    while (response.body->Read(scratch) > 0) {
    }
  } catch (const NetworkError&) {
    // Nobody wants these bytes.
  }
}

Headers HeadersForOtherOrigin(const Headers& headers) {
  Headers kept;
  for (const char* name : {"Accept", "Accept-Encoding", "Range"}) {
    if (const auto value = headers.Get(name)) kept.Add(name, *value);
  }
  return kept;
}

// Where the answer sends us; nothing when it is to be taken as it is.
std::optional<Url> NextHop(const HttpRequest& request, const HttpResponse& response) {
  const auto location = response.headers.Get("Location");
  if (!IsRedirect(response.status) || !location) return std::nullopt;
  const Url next = response.url.Resolve(*location);
  if (IsRead(request.method)) return next;
  const bool keeps_method = response.status == 307 || response.status == 308;
  if (!keeps_method || next.origin() != request.url.origin()) return std::nullopt;
  return next;
}

}  // namespace

HttpResponse RedirectingTransport::Send(const HttpRequest& request) {
  HttpRequest hop = request;
  bool left_origin = false;
  for (int hops = 0; hops <= kMostHops; ++hops) {
    HttpResponse response = inner_.Send(hop);
    response.redirected = left_origin;
    const auto next = NextHop(hop, response);
    if (!next) return response;
    const PeerRule rule = CheckServerChoice(response.url, response.peer, *next, "redirect");
    Drain(response);
    if (next->origin() != hop.url.origin()) {
      hop.headers = HeadersForOtherOrigin(hop.headers);
      hop.peers = rule;
      left_origin = true;
    }
    hop.url = *next;
  }
  throw Error(ErrorKind::kUnavailable,
              fmt::format("{} redirects in a circle", request.url.ToString()));
}

}  // namespace ibuild::registry
