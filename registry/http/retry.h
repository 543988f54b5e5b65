// Repeating what may succeed in a moment.
//
// Classify and DelayAfter say (pure) whether and how long to wait; Backoff does the waiting and
// keeps a server's "not before" for all requests to it; Attempts counts what one object
// may cost; RetryingTransport gives each request that may be repeated its Attempts. A server that
// limits how often it is asked is waited for as long as it wishes, but no longer in all than
// RetrySettings::longest_throttle: what exceeds that is answered at once with the refusal, so that
// nobody sits before a build that stands still for a day.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

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
  Milliseconds longest_throttle{120'000};  // for one server's limits, all waits together
};

enum class AnswerClass {
  kFinal,
  kTransient,  // 408, 425, 5xx and their like: the same request may succeed
  kThrottled,  // 429, or 503 with Retry-After: the server says when
};
AnswerClass Classify(const HttpResponse& response);

// Retry-After as a time from `now`: seconds, or an HTTP date.
std::optional<Milliseconds> RetryAfter(const Headers& headers, UnixTime now);

// "30 s", "15 min", "24 h": rounded up, since nobody comes back early.
std::string WaitText(Milliseconds wait);
// What a throttled answer asks for: "asks to wait 24 h", or that it does not say how long.
std::string DescribeThrottle(const HttpResponse& response);
// The option that would make us wait that long; empty when the answer does not say.
std::string ThrottleHint(const HttpResponse& response);

// Before attempt `attempt` + 1; `random` is in [0, 1).
Milliseconds DelayAfter(int attempt, const RetrySettings& settings, double random);

class Backoff {
 public:
  using Sleeper = std::function<void(Milliseconds, std::stop_token)>;

  // Waits are told when nothing has been heard for as long as people notice.
  Backoff(RetrySettings settings, Reporter& reporter, Sleeper sleeper = SleepFor);

  const RetrySettings& settings() const { return settings_; }
  // Before the next attempt, `attempt` having failed.
  void Wait(Milliseconds delay, std::stop_token stop);
  // Who keeps us waiting, why and how long.
  void Tell(const Origin& origin, std::string_view why, Milliseconds delay, int next_attempt);
  // A throttled answer to attempt `attempt`: from now on everyone waits who speaks to the server.
  // False when the wait would be longer than what is left of longest_throttle.
  bool Postpone(const Origin& origin, const HttpResponse& answer, int attempt);
  void WaitUntilWelcome(const Origin& origin, std::stop_token stop);

  // Throws kCancelled when the token says so.
  static void SleepFor(Milliseconds delay, std::stop_token stop);

 private:
  RetrySettings settings_;
  Reporter& reporter_;
  Sleeper sleeper_;
  std::mutex mutex_;
  struct Throttle {
    std::chrono::steady_clock::time_point not_before;
    Milliseconds waited{0};  // waits of several threads at the same time count once
  };
  std::map<Origin, Throttle> throttles_;
};

// What one object (a manifest, a token, a blob) may cost: so many attempts in all, whichever of its
// requests fails, and anew from where a transfer got further.
class Attempts {
 public:
  explicit Attempts(Backoff& backoff) : backoff_(backoff) {}

  // Nothing has been asked so often that it may not be asked again, and the answer or fault is one
  // that may pass: true after the wait. Throws kCancelled.
  bool GoOnAfter(const HttpResponse& response, const HttpRequest& request);
  bool GoOnAfter(const NetworkError& error, const HttpRequest& request);
  // The same after an answer that only the caller knows to be worth it; `why` is told.
  bool Spend(const HttpRequest& request, std::string_view why);
  void NoteProgress() { failed_ = 0; }

 private:
  void Wait(const HttpRequest& request, std::string_view why);

  Backoff& backoff_;
  int failed_ = 0;
  int throttled_ = 0;
  Milliseconds silence_{0};  // waited without a word to the user
};

class RetryingTransport final : public Transport {
 public:
  RetryingTransport(Transport& inner, Backoff& backoff) : inner_(inner), backoff_(backoff) {}
  // The last answer or error is what the caller gets when all attempts fail.
  HttpResponse Send(const HttpRequest& request) override;

 private:
  HttpResponse Attempt(const HttpRequest& request);

  Transport& inner_;
  Backoff& backoff_;
};

}  // namespace ibuild::registry
