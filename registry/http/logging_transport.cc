#include "registry/http/logging_transport.h"

#include <fmt/format.h>

#include <chrono>

namespace ibuild::registry {

HttpResponse LoggingTransport::Send(const HttpRequest& request) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto log = [&](const std::string& outcome) {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    reporter_.Log(LogLevel::kDebug, fmt::format("{} {}: {}, {} ms", ToString(request.method),
                                                request.url.ToString(), outcome, spent.count()));
  };
  try {
    HttpResponse response = inner_.Send(request);
    log(fmt::format("{}", response.status));
    return response;
  } catch (const Error& error) {
    log(error.message());
    throw;
  }
}

}  // namespace ibuild::registry
