#include "registry/http/logging_transport.h"

#include <fmt/format.h>

#include <chrono>

#include "registry/http/server_words.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kLongestWarning = 512;
constexpr std::size_t kMostWarnings = 20;  // a server may make up a new one for every answer

}  // namespace

std::optional<std::string> WarningText(std::string_view value) {
  value = Trim(value);
  if (!value.starts_with("299 ")) return std::nullopt;
  const std::size_t open = value.find('"');
  if (open == std::string_view::npos) return std::nullopt;
  std::string text;
  for (std::size_t i = open + 1; i < value.size() && value[i] != '"'; ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
    if (text.size() == kLongestWarning) break;
  }
  return text;
}

void LoggingTransport::PassOnWarnings(const HttpRequest& request, const HttpResponse& response) {
  for (const std::string& value : response.headers.GetAll("Warning")) {
    const auto text = WarningText(value);
    if (!text || text->empty()) continue;
    const std::string line = fmt::format("{} says: {}", response.url.origin().Authority(),
                                         ServerWords(*text, SecretsOf(request.headers)));
    const std::lock_guard lock(mutex_);
    if (passed_on_.size() >= kMostWarnings || !passed_on_.insert(line).second) continue;
    reporter_.Log(LogLevel::kWarning, line);
  }
}

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
    PassOnWarnings(request, response);
    return response;
  } catch (const Error& error) {
    log(error.message());
    throw;
  }
}

}  // namespace ibuild::registry
