#include "registry/client/routed_transport.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

std::string PathPrefix(const oci::Repository& repository) { return "/v2/" + repository.path + "/"; }

bool IsRead(const HttpRequest& request) {
  return request.method == Method::kGet || request.method == Method::kHead;
}

// The scopes that were asked for the one repository, for the other.
ScopeSet Renamed(const ScopeSet& scopes, const std::string& from, const std::string& to) {
  ScopeSet renamed;
  for (Scope scope : scopes.scopes()) {
    if (scope.type == "repository" && scope.name == from) scope.name = to;
    renamed.Add(scope);
  }
  return renamed;
}

}  // namespace

RoutedTransport::RoutedTransport(oci::Repository asked_for, Route route, Sessions sessions,
                                 Reporter& reporter)
    : asked_for_(std::move(asked_for)),
      route_(std::move(route)),
      sessions_(std::move(sessions)),
      reporter_(reporter) {}

Url RoutedTransport::Base(const oci::RegistryHost& host) {
  return Url::Parse("https://" + host.ApiHost() + "/");
}

std::vector<std::size_t> RoutedTransport::MirrorsFor(const HttpRequest& request,
                                                     std::string_view rest) const {
  std::vector<std::size_t> places;
  const bool manifest = rest.starts_with("manifests/");
  if (!IsRead(request) || request.past_mirrors || (!manifest && !rest.starts_with("blobs/"))) {
    return places;
  }
  const bool by_tag = manifest && rest.find(':') == std::string_view::npos;
  const std::size_t favourite = favourite_;
  for (std::size_t i = 0; i < route_.mirrors.size(); ++i) {
    const Upstream& mirror = route_.mirrors[i];
    if (by_tag ? !mirror.resolves_tags : !mirror.serves_digests) continue;
    places.insert(i == favourite ? places.begin() : places.end(), i);
  }
  return places;
}

HttpRequest RoutedTransport::Rewrite(const HttpRequest& request, std::string_view rest,
                                     const Upstream& upstream, const Url& base) const {
  HttpRequest rewritten = request;
  std::string address = fmt::format("{}{}/{}/{}", base.origin().ToString(), upstream.api_root,
                                    upstream.repository.path, rest);
  if (!request.url.query().empty()) address += "?" + request.url.query();
  rewritten.url = Url::Parse(address);
  if (upstream.is_asked_for) {
    rewritten.url = rewritten.url.WithParameter("ns", asked_for_.host.name());
  }
  rewritten.scopes = Renamed(request.scopes, asked_for_.path, upstream.repository.path);
  return rewritten;
}

// Nothing: it failed, and was written down.
std::optional<HttpResponse> RoutedTransport::TryMirror(std::size_t place,
                                                       const HttpRequest& request,
                                                       std::string_view rest,
                                                       std::vector<std::string>& failures) {
  const Upstream& mirror = route_.mirrors[place];
  const auto note = [&](const std::string& what) {
    failures.push_back(fmt::format("mirror {}: {}", mirror.repository.host.name(), what));
  };
  try {
    HostSession& session = sessions_(mirror, Role::kMirror);
    HttpRequest asked = Rewrite(request, rest, mirror, session.base());
    // Somebody else may have it at once.
    asked.retry = RetryRule::kOnce;
    HttpResponse response = session.transport().Send(asked);
    if (response.Ok()) {
      favourite_ = place;
      response.mirrored = true;
      return response;
    }
    note(fmt::format("answers {}", response.status));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    note(error.what());
  }
  return std::nullopt;
}

HttpResponse RoutedTransport::Send(const HttpRequest& request) {
  const std::string prefix = PathPrefix(asked_for_);
  const bool ours = request.url.origin() == Base(asked_for_.host).origin() &&
                    request.url.path().starts_with(prefix);
  // A foreign layer's own address.
  if (!ours) return sessions_(route_.origin, Role::kOrigin).transport().Send(request);
  const std::string rest = request.url.path().substr(prefix.size());
  std::vector<std::string> failures;
  for (const std::size_t place : MirrorsFor(request, rest)) {
    if (auto response = TryMirror(place, request, rest, failures)) return std::move(*response);
  }
  const auto tell = [&](LogLevel level) {
    for (const std::string& failure : failures) reporter_.Log(level, failure);
  };
  try {
    HostSession& session = sessions_(route_.origin, Role::kOrigin);
    HttpResponse response =
        session.transport().Send(Rewrite(request, rest, route_.origin, session.base()));
    tell(response.Ok() ? LogLevel::kDebug : LogLevel::kWarning);
    return response;
  } catch (const Error&) {
    tell(LogLevel::kWarning);
    throw;
  }
}

}  // namespace ibuild::registry
