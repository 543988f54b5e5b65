// Repeating what may succeed in a moment.
//
// RetryPolicy says (pure) whether and how long to wait; Backoff does the waiting and keeps a
// server's "not before" for all requests to it; RetryingTransport applies both to requests that
// may be repeated.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "registry/http/transport.h"
#include "support/clock.h"
#include "support/report.h"

namespace ibuild::registry {

using Milliseconds = std::chrono::milliseconds;

struct RetrySettings {
  int attempts = 6;               // the first one included
  int connect_attempts = 3;       // when nobody answers at all
  Milliseconds first_delay{500};  // doubled for each further attempt, half of it random
  Milliseconds longest_delay{30'000};
  Milliseconds longest_server_delay{300'000};
};

enum class AnswerClass {
  kFinal,
  kTransient,  // 408, 425, 5xx and their like: the same request may succeed
  kThrottled,  // 429, or 503 with Retry-After: the server says when
};
AnswerClass Classify(const HttpResponse& response);

// Retry-After as a time from `now`: seconds, or an HTTP date.
std::optional<Milliseconds> RetryAfter(const Headers& headers, UnixTime now);

// Before attempt `attempt` + 1; `random` is in [0, 1).
Milliseconds DelayAfter(int attempt, const RetrySettings& settings, double random);

class Backoff {
 public:
  using Sleeper = std::function<void(Milliseconds, std::stop_token)>;

  // Waits are reported when they are long enough to be noticed.
  Backoff(RetrySettings settings, Reporter& reporter, Sleeper sleeper = SleepFor);

  const RetrySettings& settings() const { return settings_; }
  // Before the next attempt, `attempt` having failed.
  void Wait(int attempt, std::stop_token stop);
  // The server asked for it: everyone waits who speaks to it.
  void Postpone(const Origin& origin, Milliseconds delay);
  void WaitUntilWelcome(const Origin& origin, std::stop_token stop);

  // Throws kCancelled when the token says so.
  static void SleepFor(Milliseconds delay, std::stop_token stop);

 private:
  RetrySettings settings_;
  Reporter& reporter_;
  Sleeper sleeper_;
  std::mutex mutex_;
  std::map<Origin, std::chrono::steady_clock::time_point> not_before_;
};

class RetryingTransport final : public Transport {
 public:
  RetryingTransport(Transport& inner, Backoff& backoff) : inner_(inner), backoff_(backoff) {}
  // The last answer or error is what the caller gets when all attempts fail.
  HttpResponse Send(const HttpRequest& request) override;

 private:
  std::optional<HttpResponse> Try(const HttpRequest& request, int attempt);

  Transport& inner_;
  Backoff& backoff_;
};

}  // namespace ibuild::registry
