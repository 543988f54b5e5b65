// RoutedTransport: the content of a repository by its Route: from its mirrors, in their order, then
// from the registry itself.
//
// Mirrors are asked for manifests and blobs only, each by what it is trusted with: what a tag
// means, or what a digest names. One that fails, for whatever reason, is passed over; one that has
// answered is asked first the next time. Requests are made as if to the registry itself
// (`Base`), and rewritten for whoever is asked.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "registry/client/host_session.h"
#include "registry/config/route.h"
#include "registry/http/transport.h"
#include "support/report.h"

namespace ibuild::registry {

class RoutedTransport final : public Transport {
 public:
  enum class Role { kMirror, kOrigin };
  using Sessions = std::function<HostSession&(const Upstream&, Role)>;

  // All must outlive the transport. Sessions are opened when they are needed.
  RoutedTransport(oci::Repository asked_for, Route route, Sessions sessions, Reporter& reporter);

  // What the endpoints of requests begin with.
  static Url Base(const oci::RegistryHost& host);

  HttpResponse Send(const HttpRequest& request) override;

 private:
  std::vector<std::size_t> MirrorsFor(const HttpRequest& request, std::string_view rest) const;
  HttpRequest Rewrite(const HttpRequest& request, std::string_view rest, const Upstream& upstream,
                      const Url& base) const;
  std::optional<HttpResponse> TryMirror(std::size_t place, const HttpRequest& request,
                                        std::string_view rest, std::vector<std::string>& failures);

  const oci::Repository asked_for_;
  const Route route_;
  const Sessions sessions_;
  Reporter& reporter_;
  std::atomic<std::size_t> favourite_ = 0;  // the mirror that answered last
};

}  // namespace ibuild::registry
