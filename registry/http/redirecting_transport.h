// RedirectingTransport: follows redirects by hand (RFC 9110 15.4).
//
// GET and HEAD are followed five times; other methods only by 307 and 308 within their origin.
// Towards another origin only Accept, Accept-Encoding and Range go along: no credential, no cookie,
// no header of the user's (CVE-2018-1000007, CVE-2020-15157 are what happens otherwise), and the
// rules of address_class.h decide whether we go at all.
#pragma once

#include "registry/http/transport.h"

namespace ibuild::registry {

class RedirectingTransport final : public Transport {
 public:
  explicit RedirectingTransport(Transport& inner) : inner_(inner) {}
  HttpResponse Send(const HttpRequest& request) override;

 private:
  Transport& inner_;
};

}  // namespace ibuild::registry
