// NetworkError: a request that got no answer, or whose answer broke off, and why; callers decide
// from the fault whether to repeat it.
#pragma once

#include <string>

#include "support/error.h"

namespace ibuild::registry {

enum class NetworkFault {
  kResolve,      // no such host name, or no resolver
  kConnect,      // refused or unreachable
  kNotTls,       // the server speaks, but not TLS
  kTls,          // the handshake failed otherwise
  kCertificate,  // nobody we trust vouches for the server
  kTimeout,      // no connection or no answer in time
  kStalled,      // bytes stopped coming or going
  kBroken,       // the connection ended early
};

class NetworkError final : public Error {
 public:
  NetworkError(NetworkFault fault, std::string message)
      : Error(ErrorKind::kUnavailable, std::move(message)), fault_(fault) {}

  NetworkFault fault() const { return fault_; }
  // Will the same request perhaps succeed in a moment?
  bool Transient() const {
    return fault_ != NetworkFault::kNotTls && fault_ != NetworkFault::kCertificate;
  }

 private:
  NetworkFault fault_;
};

}  // namespace ibuild::registry
