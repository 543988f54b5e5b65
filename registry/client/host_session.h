// DressedTransport and HostSession. HostSession: what a run knows about one registry: its root URL
// (with or without TLS), who we are to it, and how it likes its uploads.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "oci/reference.h"
#include "registry/auth/authenticating_transport.h"
#include "registry/client/upload_state.h"
#include "registry/config/route.h"

namespace ibuild::registry {

// Finds out whether a host that may be spoken to without TLS has it: TLS is tried first, and a
// certificate that nobody vouches for is no reason to go without. Hosts that must have TLS are not
// asked.
Url FindBase(Transport& transport, const oci::RegistryHost& host, bool may_lack_tls,
             std::stop_token stop = {});

// Adds what configuration says of one registry: whom to trust, for all that serves it (its token
// server, too), and headers, for its own origin.
class DressedTransport final : public Transport {
 public:
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  DressedTransport(Transport& inner, Trust trust, std::string host, HeaderList headers)
      : inner_(inner), trust_(trust), host_(std::move(host)), headers_(std::move(headers)) {}
  HttpResponse Send(const HttpRequest& request) override;

 private:
  Transport& inner_;
  Trust trust_;
  std::string host_;
  HeaderList headers_;
};

class HostSession {
 public:
  // Both must outlive the session. The upstream's scheme is found out when it is not known; `stop`
  // ends that.
  HostSession(Transport& transport, CredentialSource& credentials, const Upstream& upstream,
              std::stop_token stop = {});

  const Url& base() const { return base_; }
  AuthenticatingTransport& transport() { return transport_; }
  UploadHabits& habits() { return habits_; }

 private:
  DressedTransport dressed_;
  Url base_;
  AuthenticatingTransport transport_;
  UploadHabits habits_;
};

}  // namespace ibuild::registry
