// HostSession: what a run knows about one registry: its root URL (with or without TLS), who we are
// to it, and how it likes its uploads.
#pragma once

#include <memory>

#include "oci/reference.h"
#include "registry/auth/authenticating_transport.h"
#include "registry/client/upload_state.h"

namespace ibuild::registry {

// Finds out whether a host that may be spoken to without TLS has it: TLS is tried first, and a
// certificate that nobody vouches for is no reason to go without. Hosts that must have TLS are not
// asked.
Url FindBase(Transport& transport, const oci::RegistryHost& host, bool may_lack_tls);

class HostSession {
 public:
  HostSession(Transport& transport, CredentialSource& credentials, const oci::RegistryHost& host,
              const Url& base)
      : base_(base), transport_(transport, credentials, host, base) {}

  const Url& base() const { return base_; }
  Transport& transport() { return transport_; }
  UploadHabits& habits() { return habits_; }

 private:
  Url base_;
  AuthenticatingTransport transport_;
  UploadHabits habits_;
};

}  // namespace ibuild::registry
