#include "cli/tracing/send_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "registry/client/registry_client.h"
#include "registry/http/transport.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLongestAnswer = 64u << 10;
// Somebody who pressed Ctrl-C does not wait (cli/interrupts.h).
constexpr milliseconds kPatienceAfterSignal{300};

registry::HttpRequest RequestOf(const OtlpSettings& settings, const std::string& body) {
  registry::HttpRequest request(registry::Method::kPost, registry::Url::Parse(settings.endpoint));
  for (const auto& [name, value] : settings.headers) request.headers.Set(name, value.Reveal());
  request.headers.Set("Content-Type", "application/json");
  request.body = registry::BodyOfText(body);
  request.retry = registry::RetryRule::kNever;
  request.answer_limit = kLongestAnswer;
  request.last = true;
  return request;
}

// Asks to stop when the time is up.
std::jthread Watch(std::stop_source late, milliseconds patience) {
  return std::jthread([late = std::move(late), patience](std::stop_token done) mutable {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, done, patience, [] { return false; });
    if (!done.stop_requested()) late.request_stop();
  });
}

// A collector may take the request and refuse what is in it. Most say nothing, or "{}".
void CheckAnswer(registry::HttpResponse& response) {
  if (!response.Ok()) {
    throw Error(ErrorKind::kUnavailable, fmt::format("it answers {}", response.status));
  }
  const std::string text = registry::ReadBody(response, kLongestAnswer, "answer");
  if (!Trim(text).starts_with('{')) return;
  const Json json = ParseJson(text, "answer");
  const auto partial = JsonReader(json, "answer").Find("partialSuccess");
  if (!partial || !partial->Has("rejectedSpans")) return;
  // A number of 64 bits is text in protobuf's JSON; a number is read as well.
  const Json& rejected = partial->At("rejectedSpans").value();
  if (rejected == "0" || rejected == 0) return;
  throw Error(ErrorKind::kUnavailable,
              "it refuses spans: " + partial->StringIf("errorMessage").value_or("without a word"));
}

void Send(Wiring& wiring, const OtlpSettings& settings, const std::string& body) {
  registry::HttpRequest request = RequestOf(settings, body);
  const milliseconds patience = wiring.interrupt_signal() == 0
                                    ? settings.timeout
                                    : std::min(settings.timeout, kPatienceAfterSignal);
  const std::stop_source late;
  request.stop = late.get_token();
  const std::jthread watch = Watch(late, patience);
  try {
    registry::HttpResponse response =
        wiring.cache_registry("").transport_without_credentials().Send(request);
    CheckAnswer(response);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCancelled) throw;
    throw Error(ErrorKind::kUnavailable, fmt::format("no answer within {} ms", patience.count()));
  }
}

}  // namespace

void SendTrace(Wiring& wiring, const OtlpSettings& settings, const std::string& body) noexcept {
  try {
    Send(wiring, settings, body);
  } catch (const std::exception& error) {
    const std::string place = registry::Url::Parse(settings.endpoint).ToString();
    wiring.reporter().Log(LogLevel::kWarning, fmt::format("the trace did not reach {}: {}", place,
                                                          PrintableText(error.what())));
  }
}

}  // namespace ibuild::cli
