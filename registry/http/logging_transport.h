// LoggingTransport: one debug line for each exchange, without anything secret: URLs print
// themselves redacted, headers and bodies are not shown.
#pragma once

#include "registry/http/transport.h"
#include "support/report.h"

namespace ibuild::registry {

class LoggingTransport final : public Transport {
 public:
  LoggingTransport(Transport& inner, Reporter& reporter) : inner_(inner), reporter_(reporter) {}
  HttpResponse Send(const HttpRequest& request) override;

 private:
  Transport& inner_;
  Reporter& reporter_;
};

}  // namespace ibuild::registry
