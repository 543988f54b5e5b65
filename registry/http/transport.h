// Transport: the port through which every request leaves.
//
// Behaviour is added by wrapping, outermost first:
//
//   Authenticating(Retrying(Redirecting(Logging(Curl))))
//
// so that token requests are retried too, a 401 is not, and what a redirect leads to carries no
// credentials. All transports are safe to use from several threads at once.
#pragma once

#include "registry/http/message.h"
#include "registry/http/network_error.h"

namespace ibuild::registry {

class Transport {
 public:
  virtual ~Transport() = default;
  // Any status is an answer; no answer is a NetworkError. The response's body is read before the
  // transport goes away. Throws kCancelled when the request's stop token says so.
  virtual HttpResponse Send(const HttpRequest& request) = 0;
};

}  // namespace ibuild::registry
