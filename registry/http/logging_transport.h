// LoggingTransport: one debug line for each exchange, without anything secret: URLs print
// themselves redacted, headers and bodies are not shown. A registry's own words to users (Warning
// headers of distribution-spec "Warnings") are passed on, each once.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "registry/http/transport.h"
#include "support/report.h"

namespace ibuild::registry {

// The text of `299 - "text"`; nothing of other codes and forms. Pure.
std::optional<std::string> WarningText(std::string_view value);

class LoggingTransport final : public Transport {
 public:
  LoggingTransport(Transport& inner, Reporter& reporter) : inner_(inner), reporter_(reporter) {}
  HttpResponse Send(const HttpRequest& request) override;

 private:
  void PassOnWarnings(const HttpRequest& request, const HttpResponse& response);

  Transport& inner_;
  Reporter& reporter_;
  std::mutex mutex_;
  std::set<std::string> passed_on_;
};

}  // namespace ibuild::registry
