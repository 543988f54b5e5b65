#include "registry/http/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <random>

#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds kWorthReporting{2'000};  // of a wait that a server asks for
constexpr Milliseconds kSilenceNoticed{3'000};  // of silence

double RandomFraction() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

bool IsTransientStatus(int status) {
  return status == 408 || status == 425 || status == 499 || status == 500 || status == 502 ||
         status == 503 || status == 504 || (status >= 520 && status <= 524);
}

}  // namespace

AnswerClass Classify(const HttpResponse& response) {
  const int status = response.status;
  if (status == 429) return AnswerClass::kThrottled;
  if (status == 503 && response.headers.Get("Retry-After")) return AnswerClass::kThrottled;
  if (IsTransientStatus(status)) return AnswerClass::kTransient;
  // A signed storage URL that has expired: the registry gives a fresh one.
  const bool refused = status == 401 || status == 403 || status == 410;
  return response.redirected && refused ? AnswerClass::kTransient : AnswerClass::kFinal;
}

std::optional<Milliseconds> RetryAfter(const Headers& headers, UnixTime now) {
  const auto value = headers.Get("Retry-After");
  if (!value) return std::nullopt;
  if (const auto seconds = ParseUnsigned(*value)) {
    return Milliseconds(std::min<std::uint64_t>(*seconds, 86'400) * 1000);
  }
  const auto date = ParseHttpDate(*value);
  if (!date) return std::nullopt;
  const std::int64_t seconds = std::clamp<std::int64_t>(date->seconds - now.seconds, 0, 86'400);
  return Milliseconds(seconds * 1000);
}

std::string WaitText(Milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  if (seconds < std::chrono::minutes(2)) return fmt::format("{} s", seconds.count());
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(seconds);
  if (minutes < std::chrono::hours(2)) return fmt::format("{} min", minutes.count());
  return fmt::format("{} h", std::chrono::ceil<std::chrono::hours>(minutes).count());
}

std::string DescribeThrottle(const HttpResponse& response) {
  const auto asked = RetryAfter(response.headers, Now());
  return asked ? "asks to wait " + WaitText(*asked) : "does not say how long to wait";
}

std::string ThrottleHint(const HttpResponse& response) {
  const auto asked = RetryAfter(response.headers, Now());
  if (!asked) return {};
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(*asked) + std::chrono::minutes(1);
  return fmt::format("--wait {}m would wait for it", minutes.count());
}

Milliseconds DelayAfter(int attempt, const RetrySettings& settings, double random) {
  const int doublings = std::min(attempt - 1, 20);
  const auto full =
      std::min(settings.first_delay * (std::int64_t{1} << doublings), settings.longest_delay);
  const double scale = 0.5 + random;  // half as long to half as long again
  return Milliseconds(static_cast<std::int64_t>(static_cast<double>(full.count()) * scale));
}

Backoff::Backoff(RetrySettings settings, Reporter& reporter, Sleeper sleeper)
    : settings_(settings), reporter_(reporter), sleeper_(std::move(sleeper)) {}

void Backoff::SleepFor(Milliseconds delay, std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, delay, [] { return false; });
  if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
}

void Backoff::Wait(Milliseconds delay, std::stop_token stop) { sleeper_(delay, std::move(stop)); }

void Backoff::Tell(const Origin& origin, std::string_view why, Milliseconds delay,
                   int next_attempt) {
  reporter_.Log(
      LogLevel::kWarning,
      fmt::format("{}: {}; trying again in {:.1f} s (attempt {} of {})", origin.Authority(), why,
                  static_cast<double>(delay.count()) / 1000.0, next_attempt, settings_.attempts));
}

bool Backoff::Postpone(const Origin& origin, const HttpResponse& answer, int attempt) {
  const auto asked = RetryAfter(answer.headers, Now()).value_or(Milliseconds(0));
  const auto delay = std::max(asked, DelayAfter(attempt, settings_, RandomFraction()));
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  Throttle& throttle = throttles_[origin];
  const auto further =
      std::chrono::ceil<Milliseconds>(now + delay - std::max(now, throttle.not_before));
  if (further.count() <= 0) return true;
  if (throttle.waited + further > settings_.longest_throttle) return false;
  throttle.waited += further;
  throttle.not_before = now + delay;
  if (delay >= kWorthReporting) {
    reporter_.Log(LogLevel::kWarning,
                  fmt::format("{} limits how often it is asked ({}); waiting {}",
                              origin.Authority(), answer.status, WaitText(delay)));
  }
  return true;
}

void Backoff::WaitUntilWelcome(const Origin& origin, std::stop_token stop) {
  std::optional<SteadyClock::time_point> waited_for;
  for (;;) {
    SteadyClock::time_point welcome;
    {
      const std::lock_guard lock(mutex_);
      const auto found = throttles_.find(origin);
      if (found == throttles_.end() || found->second.not_before == waited_for) return;
      welcome = found->second.not_before;
    }
    const auto delay = std::chrono::ceil<Milliseconds>(welcome - SteadyClock::now());
    if (delay.count() > 0) sleeper_(delay, stop);
    waited_for = welcome;  // it may have been put off meanwhile
  }
}

void Attempts::Wait(const HttpRequest& request, std::string_view why) {
  const Milliseconds delay = DelayAfter(failed_, backoff_.settings(), RandomFraction());
  silence_ += delay;
  if (silence_ >= kSilenceNoticed) {
    backoff_.Tell(request.url.origin(), why, delay, failed_ + 1);
    silence_ = Milliseconds(0);
  }
  backoff_.Wait(delay, request.stop);
}

bool Attempts::GoOnAfter(const HttpResponse& response, const HttpRequest& request) {
  const AnswerClass kind = Classify(response);
  if (kind == AnswerClass::kFinal) return false;
  // What a server's limits cost is counted there; the wait comes before the next request. One that
  // names no time is asked as often as one that fails.
  if (kind == AnswerClass::kThrottled) {
    const bool named = RetryAfter(response.headers, Now()).value_or(Milliseconds(0)).count() > 0;
    if (!named && ++failed_ >= backoff_.settings().attempts) return false;
    return backoff_.Postpone(request.url.origin(), response, ++throttled_);
  }
  return Spend(request, fmt::format("answers {}", response.status));
}

bool Attempts::Spend(const HttpRequest& request, std::string_view why) {
  if (++failed_ >= backoff_.settings().attempts) return false;
  Wait(request, why);
  return true;
}

bool Attempts::GoOnAfter(const NetworkError& error, const HttpRequest& request) {
  const RetrySettings& settings = backoff_.settings();
  const bool silent =
      error.fault() == NetworkFault::kConnect || error.fault() == NetworkFault::kResolve;
  const int most = silent ? settings.connect_attempts : settings.attempts;
  if (!error.Transient() || ++failed_ >= most) return false;
  Wait(request, error.message());
  return true;
}

// One exchange, with the whole body where that is wanted.
HttpResponse RetryingTransport::Attempt(const HttpRequest& request) {
  backoff_.WaitUntilWelcome(request.url.origin(), request.stop);
  HttpResponse response = inner_.Send(request);
  if (request.answer_limit > 0 && response.Ok()) {
    response.body =
        std::make_unique<StringSource>(ReadBody(response, request.answer_limit, "answer"));
  }
  return response;
}

HttpResponse RetryingTransport::Send(const HttpRequest& request) {
  if (request.retry != RetryRule::kRetry) return Attempt(request);
  Attempts attempts(backoff_);
  for (;;) {
    try {
      HttpResponse response = Attempt(request);
      if (!attempts.GoOnAfter(response, request)) return response;
    } catch (const NetworkError& error) {
      if (!attempts.GoOnAfter(error, request)) throw;
    }
  }
}

}  // namespace ibuild::registry
