#include "registry/auth/token.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/http/retry.h"
#include "registry/http/server_words.h"
#include "support/base64.h"
#include "support/error.h"
#include "support/json.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

constexpr std::size_t kAnswerLimit = 1u << 20;
constexpr std::size_t kTokenLimit = 64u << 10;
constexpr std::int64_t kDefaultLifetime = 60;  // seconds, when the answer does not say

// The server's own words about a refusal, if it has any that are fit to print.
std::string RefusalText(HttpResponse& response, const std::optional<Credential>& credential) {
  const std::vector<Secret> sent = credential ? SecretsOf(*credential) : std::vector<Secret>();
  try {
    const Json json = ParseJson(ReadBody(response, 64u << 10, "refusal"), "refusal");
    for (const char* key : {"details", "message", "error_description", "error"}) {
      const auto found = json.find(key);
      if (found != json.end() && found->is_string()) {
        return ": " + ServerWords(found->get<std::string>(), sent);
      }
    }
  } catch (const Error&) {
    // A page of HTML, or nothing at all.
  }
  return {};
}

[[noreturn]] void Refused(const TokenRequest& request, HttpResponse& response,
                          const std::optional<Credential>& credential) {
  const std::string host = request.realm.origin().Authority();
  const std::string text = RefusalText(response, credential);
  if (!credential) {
    throw Error(ErrorKind::kUnauthorized,
                fmt::format("{} gives no token without a login{}", host, text));
  }
  // A login has no source yet: whoever typed the password knows.
  const std::string source =
      credential->source.empty() ? "" : fmt::format(" (from {})", credential->source);
  throw Error(ErrorKind::kUnauthorized,
              fmt::format("{} refuses the user name or password of {}{}{}", host,
                          Quote(credential->username), source, text));
}

// Some servers write the number as a text or with a fraction; what cannot be read says nothing, and
// a token that dies early is renewed when it is refused.
std::int64_t LifetimeIn(const Json& answer) {
  constexpr std::int64_t kLongest = 86'400;
  const auto found = answer.find("expires_in");
  if (found == answer.end()) return kDefaultLifetime;
  double seconds = 0;
  if (found->is_number()) seconds = found->get<double>();
  if (found->is_string()) {
    seconds = static_cast<double>(ParseUnsigned(found->get<std::string>()).value_or(0));
  }
  if (!(seconds >= 1)) return kDefaultLifetime;
  return static_cast<std::int64_t>(std::min(seconds, static_cast<double>(kLongest)));
}

std::string FormField(std::string_view name, std::string_view value) {
  return fmt::format("&{}={}", name, PercentEncode(value));
}

}  // namespace

bool Token::Fresh(SteadyTime now) const {
  const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(lifetime);
  const auto margin =
      std::min(std::max<std::chrono::milliseconds>(life / 10, std::chrono::seconds(10)), life / 2);
  return now + margin < received + life;
}

Token ParseTokenAnswer(std::string_view text, std::string_view what, SteadyTime now) {
  const Json json = ParseJson(text, what, {.bytes = kAnswerLimit});
  const JsonReader reader(json, std::string(what));
  auto value = reader.StringIf("access_token");
  if (!value || value->empty()) value = reader.StringIf("token");
  if (!value || value->empty()) reader.Fail("holds no token");
  if (value->size() > kTokenLimit) reader.Fail("the token is too long");
  const std::int64_t lifetime = LifetimeIn(json);
  Token token{Secret(std::move(*value)), now, std::chrono::seconds(lifetime),
              Secret(reader.StringIf("refresh_token").value_or(""))};
  if (token.refresh.Reveal().size() > kTokenLimit) reader.Fail("the refresh token is too long");
  return token;
}

std::vector<Secret> SecretsOf(const Credential& credential) {
  std::vector<Secret> forms;
  AddForms(credential.password, &forms);
  AddForms(credential.identity_token, &forms);
  AddForms(credential.registry_token, &forms);
  if (credential.HasPassword()) {
    AddForms(Secret(credential.username + ":" + credential.password.Reveal()), &forms);
  }
  return forms;
}

std::string BasicAuthorization(const std::string& username, const Secret& password) {
  return "Basic " + EncodeBase64(username + ":" + password.Reveal());
}

HttpResponse TokenClient::AskByGet(const TokenRequest& request,
                                   const std::optional<Credential>& credential) {
  Url url = request.realm;
  if (!request.service.empty()) url = url.WithParameter("service", request.service);
  for (const std::string& scope : request.scopes.ToStrings())
    url = url.WithParameter("scope", scope);
  url = url.WithParameter("client_id", "ibuild");
  const bool named = credential && credential->HasPassword();
  if (named) url = url.WithParameter("account", credential->username);
  if (named && request.offline) url = url.WithParameter("offline_token", "true");
  HttpRequest ask(Method::kGet, url);
  ask.peers = request.peers;
  ask.stop = request.stop;
  ask.answer_limit = kAnswerLimit;
  if (named) {
    ask.headers.Add("Authorization",
                    BasicAuthorization(credential->username, credential->password));
  }
  return transport_.Send(ask);
}

HttpResponse TokenClient::AskByPost(const TokenRequest& request, const Credential& credential) {
  std::string form = "grant_type=refresh_token";
  form += FormField("refresh_token", credential.identity_token.Reveal());
  form += FormField("service", request.service);
  form += FormField("client_id", "ibuild");
  if (!request.scopes.empty()) form += FormField("scope", Join(request.scopes.ToStrings(), " "));
  HttpRequest ask(Method::kPost, request.realm);
  ask.peers = request.peers;
  ask.stop = request.stop;
  ask.answer_limit = kAnswerLimit;
  ask.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  ask.body = BodyOfText(std::move(form));
  return transport_.Send(ask);
}

// Some servers know the GET form only and say so with 404 or 405.
HttpResponse TokenClient::Ask(const TokenRequest& request,
                              const std::optional<Credential>& credential) {
  if (credential && !credential->identity_token.empty()) {
    HttpResponse response = AskByPost(request, *credential);
    const bool unknown = response.status == 404 || response.status == 405;
    if (!unknown || !credential->HasPassword()) return response;
  }
  return AskByGet(request, credential);
}

Token TokenClient::Fetch(const TokenRequest& request, const std::optional<Credential>& credential) {
  HttpResponse response = Ask(request, credential);
  if (response.status == 401 || response.status == 403) Refused(request, response, credential);
  const std::string what = fmt::format("token from {}", request.realm.origin().Authority());
  if (!response.Ok()) {
    const bool throttled = Classify(response) == AnswerClass::kThrottled;
    Error error(ErrorKind::kUnavailable,
                fmt::format("no {}: it answers {}{}", what, response.status,
                            throttled ? " and " + DescribeThrottle(response) : ""));
    if (throttled) error.AddHint(ThrottleHint(response));
    throw error;
  }
  const std::string text = ReadBody(response, kAnswerLimit, what);
  return ParseTokenAnswer(text, what, std::chrono::steady_clock::now());
}

Secret TokenCache::Get(const std::string& key, const Secret& refused, const Fetch& fetch) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = entries_[key];
    if (!slot) slot = std::make_shared<Entry>();
    entry = slot;
  }
  const std::lock_guard lock(entry->mutex);
  const bool usable = entry->token && entry->token->Fresh(std::chrono::steady_clock::now()) &&
                      !(entry->token->value == refused);
  if (!usable) {
    entry->token = fetch();
    entry->handed_out = 0;
  }
  ++entry->handed_out;
  return entry->token->value;
}

bool TokenCache::WasOursAlone(const std::string& key, const Secret& value) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    entry = entries_[key];
  }
  if (!entry) return false;
  const std::lock_guard lock(entry->mutex);
  return entry->token && entry->token->value == value && entry->handed_out == 1;
}

}  // namespace ibuild::registry
